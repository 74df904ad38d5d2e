import { Logger } from '@nestjs/common';

const INTERVAL_MS = 10 * 60_000;
/** At once, so that no lock is held for long. */
const ROWS = 1_000;

/** Forgets rows whose time is over, in every process: to do it twice does no harm. */
export class RowSweeper {
  readonly #what: string;
  readonly #sweep: (rows: number) => Promise<number>;
  readonly #logger = new Logger('RowSweeper');
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /**
   * @param what for the log, in the plural
   * @param sweep forgets at most so many rows, and says how many it has
   */
  constructor(what: string, sweep: (rows: number) => Promise<number>) {
    this.#what = what;
    this.#sweep = sweep;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#sweepAll();
    }, INTERVAL_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #sweepAll(): Promise<void> {
    try {
      let forgotten: number;
      do forgotten = await this.#sweep(ROWS);
      while (forgotten === ROWS);
    } catch (error) {
      this.#logger.warn(`expired ${this.#what} stay for now: ${(error as Error).message}`);
    }
  }
}
