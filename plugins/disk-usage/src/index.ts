import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { diskUsage } from './disk-usage.tool.ts';

export const TOOLS: readonly AnyTool[] = [diskUsage];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'disk-usage': toolCommand(diskUsage) };
