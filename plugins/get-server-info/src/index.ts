import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { getServerInfo } from './get-server-info.tool.ts';

export const TOOLS: readonly AnyTool[] = [getServerInfo];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'get-server-info': toolCommand(getServerInfo) };
