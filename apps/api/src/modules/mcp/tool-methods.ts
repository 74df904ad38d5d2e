import { errorRow, ServonautError } from '@servonaut/contracts';
import type { Principal } from '../auth/index.ts';
import type { ToolResult } from './answers/tool-answer.ts';
import { JsonRpcFault } from './json-rpc.ts';
import { ProgressReporter } from './progress-reporter.ts';
import type { ToolSurface } from './tools/tool-surface.ts';

/** Parameters of `tools/call`, as both SDKs have checked them. */
export interface CallParams {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

/** What the two SDKs call differently. */
export interface Exchange {
  /** Aborted when the agent cancels or its connection ends. */
  readonly signal: AbortSignal;
  /** `_meta` of the request. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  notifyProgress(params: { progressToken: string | number; progress: number; message: string }): Promise<void>;
}

/** W3C trace context, version 00. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Answers `tools/call`.
 * @throws JsonRpcFault for an unknown tool.
 */
export async function callTool(
  surface: ToolSurface,
  principal: Principal,
  params: CallParams,
  exchange: Exchange,
): Promise<ToolResult> {
  const { signal, meta } = exchange;
  const reporter = progressReporter(exchange);
  const traceparent = meta?.['traceparent'];
  try {
    return await surface.callTool(principal, params.name, params.arguments ?? {}, {
      signal,
      ...(reporter && { onProgress: reporter.onProgress, onWaiting: reporter.onWaiting }),
      ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) && { traceparent }),
    });
  } catch (error) {
    throw asFault(error);
  } finally {
    reporter?.stop();
  }
}

/** How JSON-RPC says it, where it is an error of ours. */
export function asFault(error: unknown): unknown {
  return error instanceof ServonautError ? new JsonRpcFault(errorRow(error.code).jsonRpc, error) : error;
}

/** Only an agent that gave a token wants progress; for the others the executor's output is not even forwarded. */
function progressReporter(exchange: Exchange): ProgressReporter | undefined {
  const progressToken = exchange.meta?.['progressToken'];
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined;
  // A notification that cannot be sent means that the stream is gone, and then the signal ends the call.
  return new ProgressReporter(
    (progress, message) => void exchange.notifyProgress({ progressToken, progress, message }).catch(() => undefined),
  );
}
