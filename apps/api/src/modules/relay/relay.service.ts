import { Logger } from '@nestjs/common';
import { instantNow, requestIdSchema, ServonautError, type ServerEntry, type ToolManifest } from '@servonaut/contracts';
import { v7 as uuidv7 } from 'uuid';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import type { ExecutorRecord } from './executors/executor-record.ts';
import type { ExecutorRegistry } from './executors/executor-registry.ts';
import type { PendingStore } from './pending/pending-store.ts';
import { ProgressOrder } from './pending/progress-order.ts';
import type { RequestRecord } from './pending/request-record.ts';
import { toRequestView } from './pending/request-view.ts';
import type { RelayCall, RequestView } from './relay-call.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import type { RequestCanceller } from './request-canceller.ts';
import type { RequestAudit } from './request-audit.ts';
import { requestInstants } from './request-instants.ts';
import { Relay } from './relay.ts';
import type { ClearRequest, RequestSealer } from './seal/request-sealer.ts';
import type { RelayStrategy } from './strategies/relay-strategy.ts';

export interface RelayOptions {
  /** Start-by deadline of a request, in seconds. */
  readonly ttlSeconds: number;
  /** How long after the start-by deadline an acknowledgement may still be on its way, in milliseconds. */
  readonly ackGraceMs: number;
  /** How long after its run time the result of a request is waited for, in milliseconds. */
  readonly resultGraceMs: number;
}

export interface RelayParts {
  readonly executors: ExecutorRegistry;
  readonly pending: PendingStore;
  readonly sealer: RequestSealer;
  readonly strategy: RelayStrategy;
  readonly canceller: RequestCanceller;
  readonly metrics: RelayMetrics;
  readonly audit: RequestAudit;
  readonly options: RelayOptions;
  readonly clock?: Clock;
}

/** Carries calls to executors and their ends back to whoever waits. */
export class RelayService extends Relay {
  readonly #parts: RelayParts;
  readonly #clock: Clock;
  readonly #logger = new Logger(RelayService.name);
  readonly #waiting = new Set<Promise<unknown>>();

  constructor(parts: RelayParts) {
    super();
    this.#parts = parts;
    this.#clock = parts.clock ?? SYSTEM_CLOCK;
  }

  async dispatch(call: RelayCall): Promise<RequestView> {
    const taken = instantNow();
    const executor = await this.#parts.executors.choose(call.userId, call);
    const record = this.#newRequest(call, executor);
    await this.#parts.pending.create(record);
    const ended = this.#end(record, call);
    if (call.signal?.aborted) await this.#parts.pending.apply(record.userId, record.requestId, { type: 'cancelled' });
    else await this.#publish(record);
    const published = instantNow();
    const end = await ended;
    const instants = requestInstants(end, { taken, published });
    return { ...toRequestView(end), ...(instants && { instants }) };
  }

  async getRequest(userId: string, requestId: string): Promise<RequestView> {
    const id = requestIdSchema.safeParse(requestId);
    const record = id.success ? await this.#parts.pending.get(userId, id.data) : undefined;
    if (!record) throw new ServonautError('request_unknown');
    return toRequestView(record);
  }

  connectedTools(userId: string): Promise<readonly ToolManifest[]> {
    return this.#parts.executors.connectedTools(userId);
  }

  connectedServers(userId: string): Promise<readonly ServerEntry[]> {
    return this.#parts.executors.connectedServers(userId);
  }

  /** Resolves when no agent waits any more, or after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimeout(resolve, graceMs);
    await Promise.race([Promise.allSettled(this.#waiting), late]);
    this.#clock.clearTimeout(timer);
  }

  #newRequest(call: RelayCall, executor: ExecutorRecord): RequestRecord {
    const { options, pending } = this.#parts;
    const createdAt = this.#clock.now();
    const request = this.#clearRequest(call, executor, createdAt);
    return {
      requestId: request.id,
      userId: call.userId,
      principal: { kind: call.principal.kind, id: call.principal.id },
      delegation: call.delegation ?? null,
      executorId: executor.executorId,
      executorHolding: {
        userId: executor.userId,
        credentialId: executor.credentialId,
        secretHash: executor.secretHash,
      },
      tool: call.tool,
      server: call.server,
      node: pending.node,
      message: executor.manifest ? this.#seal(request, executor) : request,
      acknowledges: executor.manifest !== null,
      createdAt,
      publishedAt: null,
      approvalUntil: null,
      startedAt: null,
      finishedAt: null,
      ackBy: createdAt + options.ttlSeconds * 1_000 + options.ackGraceMs,
      resultWithinMs: call.timeoutSeconds * 1_000 + options.resultGraceMs,
      state: 'queued',
      outcome: null,
      reason: null,
      result: null,
      version: 0,
    };
  }

  #clearRequest(call: RelayCall, executor: ExecutorRecord, createdAt: number): ClearRequest {
    return {
      id: call.requestId ?? uuidv7(),
      user_id: call.userId,
      type: call.tool,
      target_server_id: call.server,
      payload: { ...call.payload, timeout_seconds: call.timeoutSeconds },
      created_at: new Date(createdAt).toISOString(),
      ttl_seconds: this.#parts.options.ttlSeconds,
      // An older executor registers nothing, and is not told what it does not know.
      ...(executor.manifest && { executor_id: executor.executorId }),
      principal: call.principal,
      ...(call.traceparent !== undefined && { traceparent: call.traceparent }),
    };
  }

  #seal(request: ClearRequest, { executorId, publicKey }: ExecutorRecord) {
    return this.#parts.sealer.seal(request, executorId, publicKey);
  }

  /** The end of the request, whoever brings it about; until then its output goes on and the agent may cancel. */
  #end(record: RequestRecord, { signal, onProgress, onWaiting }: RelayCall): Promise<RequestRecord> {
    const { promise, resolve } = Promise.withResolvers<RequestRecord>();
    const order = onProgress && new ProgressOrder(onProgress);
    const cancel = (): void =>
      this.#inBackground(this.#parts.canceller.cancel(record, { type: 'cancelled' }), record.requestId);
    this.#parts.pending.watch(record, {
      onFinished: resolve,
      onProgress: (progress) => order?.accept(progress),
      ...(onWaiting && { onWaiting }),
    });
    signal?.addEventListener('abort', cancel, { once: true });
    this.#waiting.add(promise);
    return promise.then((ended) => {
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(promise);
      this.#parts.metrics.ended(ended);
      return ended;
    });
  }

  async #publish(request: RequestRecord): Promise<void> {
    const { userId, requestId, message } = request;
    const { strategy, pending, audit } = this.#parts;
    if (!message) return;
    try {
      const outcome = await strategy.publish(userId, message);
      audit.delivered(request, outcome);
      if (outcome === 'uncertain') this.#logger.warn(`the hub did not answer for request ${requestId}`);
      // What the embedded hub has written leaves with the next tick.
      else
        process.nextTick(() => this.#inBackground(pending.apply(userId, requestId, { type: 'published' }), requestId));
    } catch (error) {
      const { record } = await pending.apply(userId, requestId, { type: 'publish_failed' });
      if (record.state === 'finished' && !record.result) throw error;
    }
  }

  #inBackground(work: Promise<unknown>, requestId: string): void {
    work.catch((error: Error) => this.#logger.warn(`request ${requestId}: ${error.message}`));
  }
}
