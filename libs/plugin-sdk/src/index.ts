export { defineTool, type AnyTool, type Tool, type ToolDefinition, type ToolReturn } from './define-tool.ts';
export { RUN_TOOL_HOOK, runThroughHost, type RunToolHookMeta, type RunToolRequest } from './run-tool-hook.ts';
export { quote } from './shell/quote.ts';
export { rawShell, sh, type ShellValue, type ShellWord } from './shell/sh.ts';
export type { ShellCommand } from './shell/shell-command.ts';
export type { ExecOptions, ExecResult, ToolContext } from './tool-context.ts';
export { toolCommand, type ToolCommandClass } from './tool-command.ts';
export { ServonautError, type ErrorCode, type ServerEntry } from '@servonaut/contracts';
export { z } from 'zod';
