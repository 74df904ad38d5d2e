import { CANCEL_REQUEST_TYPE } from '@servonaut/contracts';
import { v7 as uuidv7 } from 'uuid';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import type { ExecutorRegistry } from './executors/executor-registry.ts';
import type { PendingStore } from './pending/pending-store.ts';
import type { RequestRecord } from './pending/request-record.ts';
import type { RequestEvent } from './pending/request-state.ts';
import type { ClearRequest, RequestSealer } from './seal/request-sealer.ts';
import type { RelayStrategy } from './strategies/relay-strategy.ts';

/** Why a request is not wanted any more. */
export type CancelEvent = Extract<RequestEvent, { type: 'cancelled' | 'revoked' }>;

export interface RequestCancellerParts {
  readonly executors: ExecutorRegistry;
  readonly pending: PendingStore;
  readonly sealer: RequestSealer;
  readonly strategy: RelayStrategy;
  /** How long the executor heeds a cancel that overtakes its request, in seconds: the start-by deadline of requests. */
  readonly ttlSeconds: number;
  readonly clock?: Clock;
}

/** Ends requests before their time. */
export class RequestCanceller {
  readonly #parts: RequestCancellerParts;
  readonly #clock: Clock;

  constructor(parts: RequestCancellerParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? SYSTEM_CLOCK;
  }

  /**
   * Whoever waits is answered at once; the executor is told over the hub, and once more by the refusal of its acknowledgement. A request that
   * has ended is left alone, so that of several processes that cancel it one tells the executor.
   * @throws ServonautError `request_unknown`; `relay_unavailable` when the executor could not be told
   */
  async cancel(request: RequestRecord, event: CancelEvent): Promise<void> {
    const { kind } = await this.#parts.pending.apply(request.userId, request.requestId, event);
    if (kind === 'changed') await this.#tellExecutor(request);
  }

  /** As it is registered now: it may have another key since it was asked. An older executor is told nothing, since it would not understand. */
  async #tellExecutor({ userId, requestId, executorId }: RequestRecord): Promise<void> {
    const executors = await this.#parts.executors.list(userId);
    const executor = executors.find(({ record }) => record.executorId === executorId)?.record;
    if (!executor?.manifest) return;
    const cancel: ClearRequest = {
      id: uuidv7(),
      user_id: userId,
      type: CANCEL_REQUEST_TYPE,
      target_server_id: null,
      payload: { request_id: requestId },
      created_at: new Date(this.#clock.now()).toISOString(),
      ttl_seconds: this.#parts.ttlSeconds,
      executor_id: executorId,
    };
    await this.#parts.strategy.publish(userId, this.#parts.sealer.seal(cancel, executorId, executor.publicKey));
  }
}
