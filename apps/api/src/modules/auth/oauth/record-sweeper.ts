import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OidcRecords } from './oidc-records.ts';

const INTERVAL_MS = 10 * 60_000;
/** At once, so that no lock is held for long. */
const ROWS = 1_000;

/** Forgets expired records of the authorization server, in every process: to do it twice does no harm. */
@Injectable()
export class RecordSweeper implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('RecordSweeper');
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly records: OidcRecords) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => this.#start(), INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #start(): void {
    this.#running = this.#sweep();
  }

  async #sweep(): Promise<void> {
    try {
      let forgotten: number;
      do forgotten = await this.records.sweep(ROWS);
      while (forgotten === ROWS);
    } catch (error) {
      this.#logger.warn(`expired records stay for now: ${(error as Error).message}`);
    }
  }
}
