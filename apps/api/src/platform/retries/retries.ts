import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** Most pieces of work that wait at once: whoever can make work while something is away must not fill the memory. */
const MOST_WAITING = 10_000;

/** Gets done what has to be done though something it needs is away: again and again, with pauses that double, until it is done or too late. */
export class Retries {
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  #waiting = 0;

  /** @param of whose work it is, for the log */
  constructor(of: string) {
    this.#logger = new Logger(of);
    setMaxListeners(0, this.#stopped.signal);
  }

  /**
   * Never rejects; what fails, and what it gives up, is in the log. An error that no time will mend ends it, as does `close`.
   * @param what names the work in the log
   * @param until when it is too late, in milliseconds since the epoch; the first attempt is made in any case
   * @returns whether it was done
   */
  async run(what: string, until: number, work: () => Promise<unknown>): Promise<boolean> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await work();
        return true;
      } catch (error) {
        if (!(await this.#mayRetry(what, error as Error, { until, pauseMs }))) return false;
      }
    }
  }

  /** What waits is not tried again. */
  close(): void {
    this.#stopped.abort();
  }

  async #mayRetry(
    what: string,
    error: Error,
    { until, pauseMs }: { until: number; pauseMs: number },
  ): Promise<boolean> {
    const isFinal = error instanceof ServonautError && !error.retryable;
    if (isFinal || Date.now() + pauseMs > until || this.#waiting >= MOST_WAITING) {
      this.#logger.error(`${what}, given up: ${error.message}`);
      return false;
    }
    if (pauseMs === FIRST_PAUSE_MS) this.#logger.warn(`${what}, to be tried again: ${error.message}`);
    return this.#pause(pauseMs);
  }

  /** @returns false when nothing is to be tried any more */
  async #pause(ms: number): Promise<boolean> {
    this.#waiting += 1;
    await delay(ms, undefined, { ref: false, signal: this.#stopped.signal }).catch(() => undefined);
    this.#waiting -= 1;
    return !this.#stopped.signal.aborted;
  }
}
