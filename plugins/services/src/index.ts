import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { serviceControl } from './service-control.tool.ts';
import { serviceStatus } from './service-status.tool.ts';

export const TOOLS: readonly AnyTool[] = [serviceStatus, serviceControl];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = {
  'service-status': toolCommand(serviceStatus),
  'service-control': toolCommand(serviceControl),
};
