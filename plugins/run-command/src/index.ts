import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { runCommand } from './run-command.tool.ts';

export const TOOLS: readonly AnyTool[] = [runCommand];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'run-command': toolCommand(runCommand) };
