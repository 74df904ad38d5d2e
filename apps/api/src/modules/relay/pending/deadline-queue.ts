import { BullModule } from '@nestjs/bullmq';
import { Logger, type DynamicModule } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { REDIS } from '../../../platform/redis/redis.provider.ts';
import { withinCommandTime } from '../redis-availability.ts';
import type { RequestKey } from './pending-store.ts';
import { DEFAULT_PREFIX } from './redis-scripts.ts';

export const DEADLINE_QUEUE = 'relay-deadlines';

/** A deadline must not be lost to a moment without Redis: about a quarter of an hour of attempts. */
const ATTEMPTS = 90;
const RETRY_DELAY_MS = 10_000;

/**
 * Makes the queue, for coordinators that share a Redis; without this module there are no workers either. Its connection has no time limit for
 * commands, since BullMQ gives it to the worker, which blocks.
 */
export function deadlineQueueModule(): DynamicModule {
  const queue = BullModule.registerQueueAsync({
    name: DEADLINE_QUEUE,
    inject: [REDIS],
    useFactory: (connection: Redis) => ({ connection, prefix: DEFAULT_PREFIX }),
  });
  return { ...queue, global: true };
}

/** Deadlines as delayed jobs: one that a process added fires in any that is left. */
export class DeadlineQueue {
  readonly #queue: Queue<RequestKey>;
  readonly #logger = new Logger(DeadlineQueue.name);

  constructor(queue: Queue<RequestKey>) {
    this.#queue = queue.on('error', (error) => this.#logger.debug(error.message));
  }

  /** `job` tells the deadlines of one request apart. @throws ServonautError `unavailable` */
  async add({ userId, requestId }: RequestKey, job: number, delayMs: number): Promise<void> {
    const added = this.#queue.add(
      'deadline',
      { userId, requestId },
      {
        jobId: `${requestId}.${job}`,
        delay: Math.max(0, delayMs),
        attempts: ATTEMPTS,
        backoff: { type: 'fixed', delay: RETRY_DELAY_MS },
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
    await withinCommandTime(added);
  }

  /** Spares a worker a visit. Failing does no harm: the job then finds nothing to do. */
  remove({ requestId }: RequestKey, job: number): void {
    this.#queue
      .remove(`${requestId}.${job}`)
      .catch((error: Error) => this.#logger.debug(`not removed: ${error.message}`));
  }
}
