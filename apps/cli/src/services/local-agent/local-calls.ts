import { randomUUID } from 'node:crypto';
import {
  commandResultSchema,
  outcomeOf,
  ServonautError,
  WIRE_DEFAULTS,
  type CommandResultInput,
  type ToolManifest,
} from '@servonaut/contracts';
import {
  askedTimeout,
  checkArguments,
  splitServer,
  type CallHooks,
  type EndedCall,
  type ShownRequest,
} from '@servonaut/agent-tools';
import type { CallAudit } from '../../local-audit/call-audit.ts';
import type { Caller } from '../../policy/caller.ts';
import { ProgressSender } from '../../relay/progress-sender.ts';
import type { Report, ShownRequest as ReportedRequest } from '../../relay/relay-event.ts';
import { resultBody } from '../../relay/result-body.ts';
import { RunningSlots } from '../../relay/running-slots.ts';
import { splitTimeout } from '../../relay/split-timeout.ts';
import type { ToolCall, ToolRunner } from '../../relay/tool-runner.ts';
import { KeptRequests } from './kept-requests.ts';

export interface LocalCallsParts {
  readonly tools: ToolRunner;
  readonly audit: CallAudit;
  /** Most calls that run at once; what waits for the operator is none. */
  readonly maxRunning: number;
  readonly report: Report;
}

/** One call of an agent, for one server or none. */
export interface LocalCall {
  readonly manifest: ToolManifest;
  readonly args: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
}

type Call = Omit<ToolCall, 'signal'>;
type Standing = Pick<ShownRequest, 'state' | 'approvalUntil'>;

/** Calls of agents of this machine: each takes the steps that one of the relay takes, and leaves the same record. */
export class LocalCalls {
  readonly #parts: LocalCallsParts;
  readonly #slots: RunningSlots;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly requests = new KeptRequests();

  constructor(parts: LocalCallsParts) {
    this.#parts = parts;
    this.#slots = new RunningSlots(parts.maxRunning);
  }

  /** @throws ServonautError `invalid_request` or `payload_too_large` for arguments that are none, which is recorded */
  async run(asked: LocalCall, hooks: CallHooks): Promise<EndedCall> {
    const call = this.#callOf(asked);
    const stop = new AbortController();
    const cancel = (): void => stop.abort(new ServonautError('request_cancelled'));
    const cancelled = this.cancelled(hooks);
    if (cancelled.aborted) cancel();
    cancelled.addEventListener('abort', cancel, { once: true });
    const end = this.#run(call, stop.signal, hooks);
    this.#running.add(end);
    try {
      return { view: await end, outputBytes: null };
    } finally {
      cancelled.removeEventListener('abort', cancel);
      this.#running.delete(end);
    }
  }

  /** Aborted when the agent wants a call no longer, or all are to end. */
  cancelled({ signal }: CallHooks): AbortSignal {
    const { signal: stopping } = this.#stopping;
    return signal ? AbortSignal.any([signal, stopping]) : stopping;
  }

  /** Stops what runs, and from now on whatever is asked for before it begins. @returns when all has ended */
  async stop(): Promise<void> {
    this.#stopping.abort();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  #callOf({ manifest, args, caller: principal }: LocalCall): Call {
    const { name: tool } = manifest;
    const requestId = randomUUID();
    try {
      checkArguments(manifest, args);
      const { server, payload } = splitServer(manifest, args);
      const timeoutMs = (askedTimeout(args) ?? WIRE_DEFAULTS.timeoutSeconds) * 1_000;
      return { requestId, tool, server, payload: splitTimeout(payload).payload, principal, timeoutMs };
    } catch (error) {
      if (error instanceof ServonautError) this.#recordRefused({ requestId, tool, principal, payload: args }, error);
      throw error;
    }
  }

  /** The pipeline, which records that of others, was not asked. The refusal stands, whether or not it can be recorded. */
  #recordRefused(call: Pick<Call, 'requestId' | 'tool' | 'principal' | 'payload'>, { code }: ServonautError): void {
    try {
      this.#parts.audit.recordDecided(call, { refused: code });
    } catch (error) {
      this.#parts.report({ event: 'warning', message: (error as Error).message });
    }
  }

  async #run(call: Call, signal: AbortSignal, hooks: CallHooks): Promise<ShownRequest> {
    const createdAt = new Date().toISOString();
    const { requestId, tool, server } = call;
    const stands = (standing: Standing): void => this.requests.set({ requestId, tool, server, createdAt, ...standing });
    stands({ state: 'queued' });
    const body = await this.#inSlot(call, signal, hooks, stands);
    const result = commandResultSchema.parse(JSON.parse(body));
    const outcome = outcomeOf(result);
    const finishedAt = new Date().toISOString();
    const ended = { requestId, tool, server, state: 'finished', outcome, result, createdAt, finishedAt };
    this.requests.set(ended, body.length);
    return ended;
  }

  async #inSlot(
    call: Call,
    signal: AbortSignal,
    hooks: CallHooks,
    stands: (standing: Standing) => void,
  ): Promise<string> {
    let hasSlot = await this.#slots.take(signal);
    const leave = (): void => {
      if (hasSlot) this.#slots.release();
      hasSlot = false;
    };
    const onWaiting = (until: number | undefined): void => {
      hooks.onWaiting?.(until ?? null);
      if (until === undefined) return;
      // The operator may take long, so others may run meanwhile.
      leave();
      stands({ state: 'awaiting_approval', approvalUntil: new Date(until).toISOString() });
      this.#parts.report({ event: 'request_waiting', request: shown(call), until });
    };
    const onStart = (): void => {
      if (!hasSlot) this.#slots.takeAnyway();
      hasSlot = true;
      stands({ state: 'started' });
      this.#parts.report({ event: 'request_started', request: shown(call) });
    };
    try {
      return await this.#piped({ ...call, signal, onWaiting, onStart }, hooks);
    } finally {
      leave();
    }
  }

  /** @returns JSON of the result as it leaves, recorded */
  async #piped(call: ToolCall, { onProgress }: CallHooks): Promise<string> {
    const { requestId } = call;
    const progress =
      onProgress && new ProgressSender({ requestId, post: async (progressed) => onProgress(progressed) });
    const result = await this.#parts.tools.run({
      ...call,
      ...(progress && { onProgress: progress.push.bind(progress) }),
    });
    progress?.end();
    this.#reportEnd(call, result);
    return resultBody(result, call, this.#parts.audit);
  }

  #reportEnd(call: ToolCall, { status, exit_code: exit, ...result }: CommandResultInput): void {
    const { error_code: errorCode, error_message: message, execution_time_ms: durationMs } = result;
    const facts = { status, exitCode: exit ?? null, errorCode, durationMs };
    this.#parts.report({ event: 'request_finished', request: shown(call), ...facts });
    // Whoever asked is not told what: `resultBody`.
    if (errorCode === 'config_invalid' && message) this.#parts.report({ event: 'warning', message });
  }
}

function shown({ requestId, tool, server, principal }: Call): ReportedRequest {
  return { requestId, tool, server, principal: principal?.label };
}
