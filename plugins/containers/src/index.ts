import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { containerLogs } from './container-logs.tool.ts';
import { listContainers } from './list-containers.tool.ts';

export const TOOLS: readonly AnyTool[] = [listContainers, containerLogs];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = {
  'list-containers': toolCommand(listContainers),
  'container-logs': toolCommand(containerLogs),
};
