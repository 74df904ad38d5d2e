import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { cloudInstanceControl } from './cloud-instance-control.tool.ts';
import { listCloudInstances } from './list-cloud-instances.tool.ts';

export const TOOLS: readonly AnyTool[] = [listCloudInstances, cloudInstanceControl];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = {
  'list-cloud-instances': toolCommand(listCloudInstances),
  'cloud-instance-control': toolCommand(cloudInstanceControl),
};
