import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { readOutput } from './read-output.tool.ts';

export const TOOLS: readonly AnyTool[] = [readOutput];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'read-output': toolCommand(readOutput) };
