import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { readFile } from './read-file.tool.ts';

export const TOOLS: readonly AnyTool[] = [readFile];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'read-file': toolCommand(readFile) };
