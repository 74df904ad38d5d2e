import { Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { DeliveryStore } from './delivery-store.ts';

/** Most chains that one look finds. */
const CHAINS = 500;

/** Has delivered what is recorded, from the first record on, whoever has recorded it. */
export class AuditWebhook implements OnModuleInit, OnModuleDestroy {
  readonly #store: DeliveryStore;
  readonly #queue: DeliveryQueue;
  readonly #lookMs: number;
  readonly #logger = new Logger(AuditWebhook.name);
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #isStopping = false;

  /** @param lookMs how often it is looked for what is to be delivered, in milliseconds */
  constructor(store: DeliveryStore, queue: DeliveryQueue, lookMs: number) {
    this.#store = store;
    this.#queue = queue;
    this.#lookMs = lookMs;
  }

  onModuleInit(): void {
    this.#lookSoon();
  }

  async onModuleDestroy(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
    await this.#queue.close();
  }

  #lookSoon(): void {
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#lookSoon());
    }, this.#lookMs).unref();
  }

  async #look(): Promise<void> {
    try {
      for (const chain of await this.#store.behind(CHAINS)) await this.#queue.add(chain);
    } catch (error) {
      this.#logger.warn(`what is to be delivered could not be looked for: ${(error as Error).message}`);
    }
  }
}
