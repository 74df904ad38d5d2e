import {
  ServonautError,
  type CommandAck,
  type CommandProgress,
  type CommandRequest,
  type CommandResult,
} from '@servonaut/contracts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import type { PendingStore } from '../pending/pending-store.ts';
import type { RequestEvent } from '../pending/request-state.ts';

/** What executors report of their requests. A request of another user is as unknown as one that never was. */
export class ExecutorReports {
  readonly #pending: PendingStore;
  readonly #clock: Clock;

  constructor(pending: PendingStore, clock: Clock = SYSTEM_CLOCK) {
    this.#pending = pending;
    this.#clock = clock;
  }

  /**
   * "I have it and am starting."
   * @throws ServonautError `request_unknown`; `request_cancelled`, `request_expired` or `request_finished`, on which the executor stops
   */
  async acknowledge(userId: string, { request_id: requestId, executor_id: executorId }: CommandAck): Promise<void> {
    await this.#apply(userId, requestId, { type: 'acknowledged', executorId });
  }

  /** Output shows that the request has started, should the acknowledgement be lost. @throws ServonautError as `acknowledge` */
  async progress(userId: string, progress: CommandProgress): Promise<void> {
    const found = await this.#pending.get(userId, progress.request_id);
    if (!found) throw new ServonautError('request_unknown');
    const record =
      found.state === 'started' ? found : await this.#apply(userId, found.requestId, { type: 'acknowledged' });
    this.#pending.forwardProgress(record, progress);
  }

  /** Resolves when the executor may forget the result. @throws ServonautError `request_unknown` or `result_conflict` */
  async result(userId: string, result: CommandResult): Promise<void> {
    await this.#apply(userId, result.request_id, { type: 'result', result });
  }

  /** Requests that the executor may have missed and may still start. */
  async openRequests(userId: string, executorId: string): Promise<CommandRequest[]> {
    const now = this.#clock.now();
    const open = await this.#pending.open(userId);
    return open.flatMap(({ executorId: addressee, message, ackBy }) =>
      message && addressee === executorId && now <= ackBy ? [message] : [],
    );
  }

  async #apply(userId: string, requestId: string, event: RequestEvent) {
    const transition = await this.#pending.apply(userId, requestId, event);
    if (transition.kind === 'refused') throw new ServonautError(transition.code);
    return transition.record;
  }
}
