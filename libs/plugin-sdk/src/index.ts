export type { CloudInstance, CloudInstances, InstanceListing } from './cloud-instances.ts';
export { dataTable } from './data-table.ts';
export { defineTool, type AnyTool, type Tool } from './define-tool.ts';
export { defineInventorySource } from './inventory/define-inventory-source.ts';
export { checkYamlLength, LONGEST_YAML, readInventoryFile } from './inventory/inventory-file.ts';
export {
  foundInstanceSchema,
  INSTANCE_ACTIONS,
  INSTANCE_STATES,
  type FoundInstance,
  type InstanceAction,
  type InstanceState,
} from './inventory/found-instance.ts';
export { foundServerSchema, placeSchema, type FoundServer } from './inventory/found-server.ts';
export type {
  AnyInventorySource,
  InstanceControl,
  InventorySource,
  SourceContext,
} from './inventory/inventory-source.ts';
export type { CallerCommand, NoWorseThan, Preview, ToolDefinition, ToolEffect, ToolReturn } from './tool-definition.ts';
export {
  RUN_TOOL_HOOK,
  runThroughHost,
  type RunToolHookMeta,
  type RunToolRequest,
  type ServerResult,
  type WantedServers,
} from './run-tool-hook.ts';
export { detached, detachedJob, type DetachedJob } from './shell/detached.ts';
export { BEGIN_SECONDS, DETACHED_FAULTS, KEPT_JOBS, LOOK_AT_PROCESS } from './shell/detached-scripts.ts';
export { inEnvironment } from './shell/in-environment.ts';
export { inFolder } from './shell/in-folder.ts';
export { rawShell, sh, type ShellValue, type ShellWord } from './shell/sh.ts';
export type { ShellCommand } from './shell/shell-command.ts';
export type {
  ExecOptions,
  ExecResult,
  KeptOutput,
  KeptOutputs,
  PreviewContext,
  ToolContext,
  ToolLog,
  ToolProgress,
} from './tool-context.ts';
export { toolCommand, type ToolCommandClass } from './tool-command.ts';
export {
  faultText,
  inWords,
  labelsSchema,
  nearestFaults,
  quote,
  selectServers,
  ServonautError,
  serverTermSchema,
  type Combination,
  type ErrorCode,
  type ServerEntry,
} from '@servonaut/contracts';
export { z } from 'zod';
