import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { DeadlineQueue, DEADLINE_QUEUE } from '../pending/deadline-queue.ts';
import { DEADLINE_WORKER, DeadlineProcessor } from '../pending/deadline.processor.ts';
import type { RequestKey } from '../pending/pending-store.ts';
import { RedisPendingStore, type RedisPendingStoreOptions } from '../pending/redis-pending-store.ts';

/** The store in Redis with its queue and worker, wired without Nest. `close` is the end of the process: its worker fires no deadline any more. */
export class WiredRedisPendingStore extends RedisPendingStore {
  readonly #queue: Queue<RequestKey>;
  readonly #worker: Worker<RequestKey>;

  private constructor(redis: Redis, queue: Queue<RequestKey>, options: RedisPendingStoreOptions & { prefix: string }) {
    super(redis, new DeadlineQueue(queue), options);
    this.#queue = queue;
    const processor = new DeadlineProcessor(this);
    const { prefix } = options;
    const run = (...[job, token]: Parameters<DeadlineProcessor['process']>) => processor.process(job, token);
    this.#worker = new Worker(DEADLINE_QUEUE, run, { connection: redis, prefix, ...DEADLINE_WORKER });
    this.#worker.on('error', (error) => processor.onError(error));
  }

  static async open(redis: Redis, options: RedisPendingStoreOptions & { prefix: string }) {
    const queue = new Queue<RequestKey>(DEADLINE_QUEUE, { connection: redis, prefix: options.prefix });
    const store = new WiredRedisPendingStore(redis, queue, options);
    await store.start();
    return store;
  }

  override async close(): Promise<void> {
    await this.#worker.close(true);
    await this.#queue.close();
    await super.close();
  }
}
