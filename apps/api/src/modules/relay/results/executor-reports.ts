import {
  ServonautError,
  type CommandAck,
  type CommandProgress,
  type CommandRequest,
  type CommandResult,
} from '@servonaut/contracts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import { isHolder, type Holder } from '../executors/executor-record.ts';
import type { ExecutorStore } from '../executors/executor-store.ts';
import type { PendingStore } from '../pending/pending-store.ts';
import type { RequestRecord } from '../pending/request-record.ts';
import { namesExecutorOf, speaksFor, type Report, type Reporter } from '../pending/request-state.ts';

/**
 * What executors report of their requests. A request of another user, or of an executor that another credential holds, is as unknown as one
 * that never was.
 */
export class ExecutorReports {
  readonly #pending: PendingStore;
  readonly #executors: ExecutorStore;
  readonly #clock: Clock;

  constructor(pending: PendingStore, executors: ExecutorStore, clock: Clock = SYSTEM_CLOCK) {
    this.#pending = pending;
    this.#executors = executors;
    this.#clock = clock;
  }

  /**
   * "I have it and am starting", or "I have it and ask the operator".
   * @throws ServonautError `request_unknown`; `unavailable` until the executor has registered again; `request_cancelled`, `request_expired` or `request_finished`, on which the executor stops
   */
  async acknowledge(holder: Holder, ack: CommandAck): Promise<void> {
    const { request_id: requestId, executor_id: executorId, awaiting_approval_seconds: seconds } = ack;
    const report: Report =
      seconds === undefined ? { type: 'acknowledged' } : { type: 'awaiting_approval', forMs: seconds * 1_000 };
    await this.#take({ ...holder, executorId }, requestId, report);
  }

  /** Output shows that the request has started, should the acknowledgement be lost. @throws ServonautError as `acknowledge` */
  async progress(holder: Holder, { executor_id: executorId, ...progress }: CommandProgress): Promise<void> {
    const by = { ...holder, executorId };
    const found = await this.#pending.get(by.userId, progress.request_id);
    if (!found) throw new ServonautError('request_unknown');
    const isUnderWay = found.state === 'started' && (speaksFor(by, found) || (await this.#tookOver(by, found)));
    const record = isUnderWay ? found : await this.#take(by, found.requestId, { type: 'acknowledged' });
    this.#pending.forwardProgress(record, progress);
  }

  /** Resolves when the executor may forget the result. @throws ServonautError `request_unknown`, `unavailable` or `result_conflict` */
  async result(holder: Holder, { executor_id: executorId, ...result }: CommandResult): Promise<void> {
    await this.#take({ ...holder, executorId }, result.request_id, { type: 'result', result });
  }

  /** Requests that the executor may have missed and may still start. @throws ServonautError `executor_unknown` unless it is the holder's */
  async openRequests(holder: Holder, executorId: string): Promise<CommandRequest[]> {
    const held = await this.#find(holder.userId, executorId);
    if (!held || !isHolder(held, holder)) throw new ServonautError('executor_unknown');
    const now = this.#clock.now();
    const open = await this.#pending.open(holder.userId);
    const own = open.filter((one) => one.executorId === executorId);
    return own.flatMap(({ message, ackBy }) => (message && now <= ackBy ? [message] : []));
  }

  async #take(by: Reporter, requestId: string, report: Report): Promise<RequestRecord> {
    const { userId } = by;
    let transition = await this.#pending.apply(userId, requestId, { type: 'reported', by, report });
    // Rare, so that the executors are not looked up for every report: the executor has a new token since it was asked.
    if (!speaksFor(by, transition.record) && (await this.#tookOver(by, transition.record)))
      transition = await this.#pending.apply(userId, requestId, report);
    if (transition.kind === 'refused') throw new ServonautError(transition.code);
    return transition.record;
  }

  /**
   * Whether the reporter holds the executor now: then it has shown the secret to which the id was issued.
   * @throws ServonautError `unavailable` while that cannot be told, after a restart and before the executor has registered again
   */
  async #tookOver(by: Reporter, record: RequestRecord): Promise<boolean> {
    if (!namesExecutorOf(by, record)) return false;
    const held = await this.#find(record.userId, record.executorId);
    if (held) return isHolder(held, by);
    if (by.executorId !== undefined && record.executorHolding.secretHash !== null)
      throw new ServonautError('unavailable', { detail: `executor ${by.executorId} has not registered yet` });
    return false;
  }

  async #find(userId: string, executorId: string) {
    const executors = await this.#executors.list(userId);
    return executors.find(({ record }) => record.executorId === executorId)?.record;
  }
}
