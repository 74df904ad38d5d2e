import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { getLogs } from './get-logs.tool.ts';

export const TOOLS: readonly AnyTool[] = [getLogs];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'get-logs': toolCommand(getLogs) };
