import { toolCommand, type AnyTool, type ToolCommandClass } from '@servonaut/plugin-sdk';
import { fleetHealth } from './fleet-health.tool.ts';

export const TOOLS: readonly AnyTool[] = [fleetHealth];

export const COMMANDS: Readonly<Record<string, ToolCommandClass>> = { 'fleet-health': toolCommand(fleetHealth) };
