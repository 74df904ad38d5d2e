import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { listProcesses } from './list-processes.tool.ts';

export const TOOLS: readonly AnyTool[] = [listProcesses];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'list-processes': toolCommand(listProcesses) };
