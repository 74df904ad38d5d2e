import { instantNow } from '@servonaut/contracts';

/** The wire tells times in whole milliseconds. */
const RESOLUTION_MS = 1;

/** The coordinator's time as far as this machine can tell, so that a wrong local clock neither refuses nor revives a request. */
export class CoordinatorClock {
  readonly #now: () => number;
  #offsetMs = 0;

  constructor(now: () => number = instantNow) {
    this.#now = now;
  }

  /** Local time, for measuring a call that ends in `learn`. */
  localNow(): number {
    return this.#now();
  }

  /**
   * Takes the time out of an answer. It was read between `askedAt` and now, so the difference is known to half of the round trip. One that is
   * smaller than that may as well be none, and clocks that are kept by NTP agree better than this can measure.
   */
  learn(serverTime: string, askedAt: number): void {
    const now = this.#now();
    const offsetMs = Date.parse(serverTime) - (askedAt + now) / 2;
    const errorMs = (now - askedAt) / 2 + RESOLUTION_MS;
    this.#offsetMs = Math.abs(offsetMs) <= errorMs ? 0 : offsetMs;
  }

  /** Milliseconds since the epoch on the coordinator's clock. */
  now(): number {
    return this.#now() + this.#offsetMs;
  }
}
