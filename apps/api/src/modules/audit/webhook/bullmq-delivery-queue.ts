import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Queue, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  CONCURRENCY,
  pauseAfter,
  type DeliveryQueue,
  type DeliveryQueueOptions,
  type DeliveryWork,
} from './delivery-queue.ts';

const NAME = 'audit-deliveries';
/** How long a message that is on its way may take when the process stops, in milliseconds. It is sent again by another, or after the next start. */
const STOP_MS = 1_000;

interface ChainJob {
  readonly chain: string;
}

/**
 * Deliveries of coordinators that share a Redis: a job for each chain that is behind, which BullMQ gives to one worker at a time, and again after a
 * failure, with pauses that double. What Redis forgets, the next look at the database finds.
 */
export class BullmqDeliveryQueue implements DeliveryQueue {
  readonly #work: DeliveryWork;
  readonly #options: DeliveryQueueOptions;
  readonly #queue: Queue<ChainJob>;
  readonly #worker: Worker<ChainJob>;
  readonly #logger = new Logger('AuditWebhook');

  constructor(redis: Redis, prefix: string, work: DeliveryWork, options: DeliveryQueueOptions) {
    this.#work = work;
    this.#options = options;
    const settings = { backoffStrategy: (failures: number) => pauseAfter(failures, options) };
    this.#queue = new Queue<ChainJob>(NAME, { connection: redis, prefix });
    this.#worker = new Worker<ChainJob>(NAME, (job) => this.#deliverAll(job), {
      connection: redis,
      prefix,
      concurrency: CONCURRENCY,
      drainDelay: 1,
      settings,
    });
    const onError = (error: Error): void => this.#logger.debug(error.message);
    this.#queue.on('error', onError);
    this.#worker.on('error', onError);
  }

  /** The id keeps a chain from being in the queue twice. */
  async add(chain: string): Promise<void> {
    const { tries: attempts } = this.#options;
    const jobId = chain.replace(':', '-');
    const forget = { removeOnComplete: true, removeOnFail: true };
    await this.#queue.add('deliver', { chain }, { jobId, attempts, backoff: { type: 'custom' }, ...forget });
  }

  async close(): Promise<void> {
    // Closing alone waits for ever for a Redis that is gone, and cannot be hurried afterwards.
    await Promise.race([this.#worker.pause(), delay(STOP_MS, undefined, { ref: false })]);
    await this.#worker.close(true);
    await this.#queue.close();
  }

  /** The failures of the next message count from none: the chain comes back as a new job. */
  async #deliverAll({ data: { chain }, attemptsMade, opts }: Job<ChainJob>): Promise<void> {
    try {
      while (await this.#work.deliverNext(chain)) if (attemptsMade > 0) return;
    } catch (error) {
      const { message } = error as Error;
      this.#logger.warn(`not taken, for the ${attemptsMade + 1}. time: ${message}`);
      if (attemptsMade + 1 < (opts.attempts ?? 1)) throw error;
      await this.#work.giveUpNext(chain, message);
    }
  }
}
