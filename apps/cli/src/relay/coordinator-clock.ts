/** The coordinator's time as far as this machine can tell, so that a wrong local clock neither refuses nor revives a request. */
export class CoordinatorClock {
  readonly #now: () => number;
  #offsetMs = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Local time, for measuring a call that ends in `learn`. */
  localNow(): number {
    return this.#now();
  }

  /** Takes the time out of an answer. It was read between `askedAt` and now, so the error is at most half of the round trip. */
  learn(serverTime: string, askedAt: number): void {
    this.#offsetMs = Date.parse(serverTime) - (askedAt + this.#now()) / 2;
  }

  /** Milliseconds since the epoch on the coordinator's clock. */
  now(): number {
    return this.#now() + this.#offsetMs;
  }
}
