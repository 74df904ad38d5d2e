import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { checkStatus } from './check-status.tool.ts';

export const TOOLS: readonly AnyTool[] = [checkStatus];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'check-status': toolCommand(checkStatus) };
