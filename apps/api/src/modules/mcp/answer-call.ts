import { JsonRpcFault } from '@servonaut/agent-tools';
import type { Principal } from '../auth/index.ts';
import type { EarlierCall } from './earlier-call.ts';
import type { HttpExchange } from './http-exchange.ts';
import { callTool } from './tool-methods.ts';
import type { ToolSurface } from './tools/tool-surface.ts';

/**
 * Runs a call and answers it. Without a server of the SDK, which would be made for this one message, parse it as it has been parsed, and parse
 * the answer that is ours (docs/adr/0010-earlier-revisions-on-the-response-itself.md).
 */
export async function answerCall(
  surface: ToolSurface,
  principal: Principal,
  { id, params }: EarlierCall,
  exchange: HttpExchange,
): Promise<void> {
  const { signal } = exchange;
  if (signal.aborted) return;
  const notifyProgress = async (progress: Record<string, unknown>): Promise<void> =>
    exchange.notify({ jsonrpc: '2.0', method: 'notifications/progress', params: progress });
  try {
    const result = await callTool(surface, principal, params, { signal, meta: params._meta, notifyProgress });
    exchange.answer({ jsonrpc: '2.0', id, result });
  } catch (error) {
    if (!(error instanceof JsonRpcFault)) throw error;
    const { code, message, data } = error;
    exchange.answer({ jsonrpc: '2.0', id, error: { code, message, data } });
  }
}
