import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  CONCURRENCY,
  pauseAfter,
  type DeliveryQueue,
  type DeliveryQueueOptions,
  type DeliveryWork,
} from './delivery-queue.ts';

/** Deliveries of a coordinator that runs alone. What a stop interrupts, the next start takes up from the database. */
export class MemoryDeliveryQueue implements DeliveryQueue {
  readonly #work: DeliveryWork;
  readonly #options: DeliveryQueueOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #sending = 0;
  readonly #stopping = new AbortController();
  readonly #logger = new Logger('AuditWebhook');

  constructor(work: DeliveryWork, options: DeliveryQueueOptions) {
    this.#work = work;
    this.#options = options;
  }

  async add(chain: string): Promise<void> {
    if (this.#running.has(chain) || this.#stopping.signal.aborted) return;
    const running = this.#deliverAll(chain)
      .catch((error: Error) => this.#logger.error(`deliveries of ${chain} stopped: ${error.message}`))
      .finally(() => this.#running.delete(chain));
    this.#running.set(chain, running);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  async #deliverAll(chain: string): Promise<void> {
    while (!this.#stopping.signal.aborted) if (!(await this.#deliverNext(chain))) return;
  }

  async #deliverNext(chain: string): Promise<boolean> {
    for (let failures = 0; ;) {
      try {
        return await this.#inTurn(() => this.#work.deliverNext(chain, this.#stopping.signal));
      } catch (error) {
        if (this.#stopping.signal.aborted) return false;
        failures += 1;
        const { message } = error as Error;
        this.#logger.warn(`not taken, for the ${failures}. time: ${message}`);
        if (failures >= this.#options.tries) {
          await this.#work.giveUpNext(chain, message);
          return true;
        }
      }
      if (!(await this.#pause(pauseAfter(failures, this.#options)))) return false;
    }
  }

  /** Whoever pauses after a failure keeps nobody from sending. */
  async #inTurn<Result>(send: () => Promise<Result>): Promise<Result> {
    while (this.#sending >= CONCURRENCY) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#sending += 1;
    try {
      return await send();
    } finally {
      this.#sending -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** @returns false when nothing is to be tried any more */
  async #pause(ms: number): Promise<boolean> {
    await delay(ms, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => undefined);
    return !this.#stopping.signal.aborted;
  }
}
