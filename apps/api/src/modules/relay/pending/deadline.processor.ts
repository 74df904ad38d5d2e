import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { DelayedError, type Job } from 'bullmq';
import { SYSTEM_CLOCK } from '../clock.ts';
import { DEADLINE_QUEUE } from './deadline-queue.ts';
import { PendingStore, type RequestKey } from './pending-store.ts';
import { deadlineOf } from './request-record.ts';

/**
 * `drainDelay` is how often an idle worker looks at the queue, in seconds. Only one worker minds the next delayed job; when its process dies,
 * the others notice at their next look, so this is how late a deadline can then be.
 */
export const DEADLINE_WORKER = { concurrency: 16, drainDelay: 1 } as const;

/** How long a stopping worker may take to finish with the jobs that it has, in milliseconds. Others take up what it leaves. */
const STOP_MS = 1_000;

/** Applies deadlines that came due: late rather than never, since the store decides what is due. */
@Injectable()
@Processor(DEADLINE_QUEUE, DEADLINE_WORKER)
export class DeadlineProcessor extends WorkerHost {
  readonly #logger = new Logger(DeadlineProcessor.name);

  constructor(private readonly pending: PendingStore) {
    super();
  }

  async process(job: Job<RequestKey>, token?: string): Promise<void> {
    const next = await this.#visit(job.data);
    if (next === null) return;
    await job.moveToDelayed(next, token);
    throw new DelayedError();
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.#logger.debug(error.message);
  }

  @OnWorkerEvent('failed')
  onFailed(_: unknown, error: Error): void {
    this.#logger.warn(`deadline not applied, trying again: ${error.message}`);
  }

  /** Call before Redis is disconnected. `Worker.close` alone waits for ever for a Redis that is gone, and cannot be hurried afterwards. */
  async stop(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = SYSTEM_CLOCK.setTimeout(resolve, STOP_MS);
    await Promise.race([this.worker.pause(), late]);
    SYSTEM_CLOCK.clearTimeout(timer);
    await this.worker.close(true);
  }

  /** When to come back, in milliseconds since the epoch; null for never. */
  async #visit({ userId, requestId }: RequestKey): Promise<number | null> {
    if (!(await this.pending.get(userId, requestId))) return null;
    const { record } = await this.pending.apply(userId, requestId, { type: 'deadline' });
    return deadlineOf(record);
  }
}
