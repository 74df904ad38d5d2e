import { Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ChainRetention } from './chain-retention.ts';

const INTERVAL_MS = 6 * 3_600_000;
/** A process that starts has other things to do first. */
const FIRST_MS = 60_000;
const DAY_MS = 86_400_000;

/** Removes what is older than it has to be, a few times a day. */
export class AuditRetention implements OnModuleInit, OnModuleDestroy {
  readonly #chains: ChainRetention;
  readonly #days: number;
  readonly #logger = new Logger(AuditRetention.name);
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #isStopping = false;

  /** @param days 0 for ever */
  constructor(chains: ChainRetention, days: number) {
    this.#chains = chains;
    this.#days = days;
  }

  onModuleInit(): void {
    if (this.#days > 0) this.#runIn(FIRST_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  async prune(now = Date.now()): Promise<void> {
    for await (const { chain, error } of this.#chains.prune(new Date(now - this.#days * DAY_MS))) {
      if (error) this.#logger.error(`nothing more is removed of ${chain}: ${error.message}`);
      if (this.#isStopping) return;
    }
  }

  #runIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.prune()
        .catch((error: Error) => this.#logger.error(`old records could not be removed: ${error.message}`))
        .then(() => (this.#isStopping ? undefined : this.#runIn(INTERVAL_MS)));
    }, ms).unref();
  }
}
