export { callTool } from './call-tool.ts';
export { injectionStrings } from './injections.ts';
export { localContext, type LocalContextOptions } from './local-context.ts';
