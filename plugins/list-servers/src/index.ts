import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { listServers } from './list-servers.tool.ts';

export const TOOLS: readonly AnyTool[] = [listServers];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'list-servers': toolCommand(listServers) };
