import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { transferFile } from './transfer-file.tool.ts';

export const TOOLS: readonly AnyTool[] = [transferFile];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'transfer-file': toolCommand(transferFile) };
