import type { CommandProgress } from '@servonaut/contracts';
import type { ToolResult } from './answers/tool-answer.ts';
import { asFault } from './json-rpc-fault.ts';
import { ProgressReporter } from './progress-reporter.ts';

/** Parameters of `tools/call`, as the SDKs have checked them. */
export interface CallParams {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

/** What the SDKs call differently. */
export interface Exchange {
  /** Aborted when the agent cancels or its connection ends. */
  readonly signal: AbortSignal;
  /** `_meta` of the request. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  notifyProgress(params: { progressToken: string | number; progress: number; message: string }): Promise<void>;
}

/** What a transport gives to a call. */
export interface CallHooks {
  readonly signal?: AbortSignal;
  /** Output while it comes. Best effort. */
  readonly onProgress?: (progress: CommandProgress) => void;
  /** The operator is being asked, at most until then (milliseconds since the epoch); null: no longer. `server` when there are several. */
  readonly onWaiting?: (until: number | null, server?: string) => void;
  readonly traceparent?: string;
}

/** W3C trace context, version 00. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Answers `tools/call`.
 * @throws JsonRpcFault for an unknown tool.
 */
export async function answerToolCall(
  exchange: Exchange,
  call: (hooks: CallHooks) => Promise<ToolResult>,
): Promise<ToolResult> {
  const { signal, meta } = exchange;
  const reporter = progressReporter(exchange);
  const traceparent = meta?.['traceparent'];
  try {
    return await call({
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

/** Only an agent that gave a token wants progress; for the others the output is not even forwarded. */
function progressReporter(exchange: Exchange): ProgressReporter | undefined {
  const progressToken = exchange.meta?.['progressToken'];
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return undefined;
  // A notification that cannot be sent means that the stream is gone, and then the signal ends the call.
  return new ProgressReporter(
    (progress, message) => void exchange.notifyProgress({ progressToken, progress, message }).catch(() => undefined),
  );
}
