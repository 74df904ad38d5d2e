export { checkTool, type ToolCheck } from './check-tool.ts';
export { policyOf, type ClassifyCommands, type CommandClass } from './policy-of.ts';
