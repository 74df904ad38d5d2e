import type { OnModuleDestroy } from '@nestjs/common';
import { CANCEL_REQUEST_TYPE, ServonautError } from '@servonaut/contracts';
import { v7 as uuidv7 } from 'uuid';
import { Retries } from '../../platform/retries/retries.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';
import type { ExecutorRegistry } from './executors/executor-registry.ts';
import type { PendingStore } from './pending/pending-store.ts';
import { latestApproval, type RequestRecord } from './pending/request-record.ts';
import type { RequestEvent } from './pending/request-state.ts';
import type { ClearRequest, RequestSealer } from './seal/request-sealer.ts';
import type { RelayStrategy } from './strategies/relay-strategy.ts';

/** Why a request is not wanted any more. */
export type CancelEvent = Extract<RequestEvent, { type: 'cancelled' | 'revoked' | 'delegation_ended' }>;

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
export class RequestCanceller implements OnModuleDestroy {
  readonly #parts: RequestCancellerParts;
  readonly #clock: Clock;
  readonly #retries = new Retries(RequestCanceller.name);

  constructor(parts: RequestCancellerParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? SYSTEM_CLOCK;
  }

  onModuleDestroy(): void {
    this.#retries.close();
  }

  /**
   * Whoever waits is answered at once; the executor is told over the hub, and once more by the refusal of its acknowledgement. While the store
   * or the hub is away it is tried again, until the request is over in any case. Never rejects: what cannot be cancelled is in the log.
   * @returns whether it was done
   */
  cancel(request: RequestRecord, event: CancelEvent): Promise<boolean> {
    // Not the request itself, whose message would be kept for as long as this is tried.
    const { userId, requestId, executorId } = request;
    const until = latestApproval(request) + request.resultWithinMs;
    let isRetry = false;
    return this.#retries.run(`cancelling request ${requestId}`, until, async () => {
      const mayBeOurs = isRetry;
      isRetry = true;
      const { kind, record } = await this.#parts.pending.apply(userId, requestId, event);
      // One that had ended is left alone, so that of several processes one tells the executor.
      if (kind === 'changed' || (mayBeOurs && isCancelled(record)))
        await this.#tellExecutor(userId, requestId, executorId);
    });
  }

  /** As it is registered now: it may have another key since it was asked. An older executor is told nothing, since it would not understand. */
  async #tellExecutor(userId: string, requestId: string, executorId: string): Promise<void> {
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
    const message = this.#parts.sealer.seal(cancel, executorId, executor.publicKey);
    if ((await this.#parts.strategy.publish(userId, message)) === 'uncertain')
      throw new ServonautError('relay_unavailable', {
        detail: `the hub did not answer for the cancel of ${requestId}`,
      });
  }
}

/** By whoever it was; its executor has not said that it stopped. */
function isCancelled({ outcome, result }: RequestRecord): boolean {
  return outcome === 'cancelled' && result === null;
}
