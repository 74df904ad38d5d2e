import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { listDirectory } from './list-directory.tool.ts';
import { readFile } from './read-file.tool.ts';
import { writeFile } from './write-file.tool.ts';

export const TOOLS: readonly AnyTool[] = [readFile, listDirectory, writeFile];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = {
  'read-file': toolCommand(readFile),
  'list-directory': toolCommand(listDirectory),
  'write-file': toolCommand(writeFile),
};
