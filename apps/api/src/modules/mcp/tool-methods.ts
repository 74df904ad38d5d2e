import { answerToolCall, type CallParams, type Exchange, type ToolResult } from '@servonaut/agent-tools';
import type { Principal } from '../auth/index.ts';
import type { ToolSurface } from './tools/tool-surface.ts';

/**
 * Answers `tools/call`.
 * @throws JsonRpcFault for an unknown tool.
 */
export function callTool(
  surface: ToolSurface,
  principal: Principal,
  params: CallParams,
  exchange: Exchange,
): Promise<ToolResult> {
  return answerToolCall(exchange, (hooks) => surface.callTool(principal, params.name, params.arguments ?? {}, hooks));
}
