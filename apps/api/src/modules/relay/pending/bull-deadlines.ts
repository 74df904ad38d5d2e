import { Logger } from '@nestjs/common';
import { DelayedError, Queue, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RequestKey } from './pending-store.ts';

export const DEADLINE_QUEUE = 'relay-deadlines';

/** A deadline must not be lost to a moment without Redis: about a quarter of an hour of attempts. */
const ATTEMPTS = 90;
const RETRY_DELAY_MS = 10_000;
const CONCURRENCY = 16;
/**
 * How often an idle worker looks at the queue, in seconds. Only one worker minds the next delayed job; when its process dies, the others notice
 * at their next look, so this is how late a deadline can then be.
 */
const LOOK_SECONDS = 1;

export interface BullDeadlinesOptions {
  /** For adding; may bound how long a command takes. */
  readonly commands: Redis;
  /** For the worker, which blocks. */
  readonly worker: Redis;
  readonly prefix: string;
  /** Answers when to come back, in milliseconds since the epoch; null for never. */
  readonly onDue: (request: RequestKey) => Promise<number | null>;
}

/** Deadlines as delayed jobs: one that a process added fires in any that is left. Late rather than never; its handler decides what is due. */
export class BullDeadlines {
  readonly #queue: Queue<RequestKey>;
  readonly #worker: Worker<RequestKey>;
  readonly #logger = new Logger(BullDeadlines.name);

  constructor({ commands, worker, prefix, onDue }: BullDeadlinesOptions) {
    this.#queue = new Queue(DEADLINE_QUEUE, { connection: commands, prefix });
    this.#worker = new Worker(DEADLINE_QUEUE, (job, token) => visit(job, token, onDue), {
      connection: worker,
      prefix,
      concurrency: CONCURRENCY,
      drainDelay: LOOK_SECONDS,
    });
    this.#queue.on('error', (error) => this.#logger.debug(error.message));
    this.#worker.on('error', (error) => this.#logger.debug(error.message));
    this.#worker.on('failed', (_, error) => this.#logger.warn(`deadline not applied, trying again: ${error.message}`));
  }

  /** `job` tells the deadlines of one request apart. */
  async add({ userId, requestId }: RequestKey, job: number, delayMs: number): Promise<void> {
    await this.#queue.add(
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
  }

  /** Spares the worker a visit. Failing does no harm: the job then finds nothing to do. */
  remove({ requestId }: RequestKey, job: number): void {
    this.#queue
      .remove(`${requestId}.${job}`)
      .catch((error: Error) => this.#logger.debug(`not removed: ${error.message}`));
  }

  async close(): Promise<void> {
    await this.#worker.close();
    await this.#queue.close();
  }
}

async function visit(
  job: Job<RequestKey>,
  token: string | undefined,
  onDue: BullDeadlinesOptions['onDue'],
): Promise<void> {
  const next = await onDue(job.data);
  if (next === null) return;
  await job.moveToDelayed(next, token);
  throw new DelayedError();
}
