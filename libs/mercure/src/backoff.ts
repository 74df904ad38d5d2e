export interface BackoffOptions {
  /** Ceiling of the first wait, in milliseconds; it doubles with each failure. Default 500. */
  readonly baseMs?: number;
  /** Ceiling of every wait, in milliseconds. Default 30,000. */
  readonly maxMs?: number;
}

/**
 * Full jitter: a wait drawn evenly from nothing to a ceiling that doubles. After a hub's restart the draw spreads its
 * subscribers over the whole window; a fixed share would bring all of them back in waves.
 */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#baseMs = options.baseMs ?? 500;
    this.#maxMs = options.maxMs ?? 30_000;
    this.#random = random;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const ceiling = Math.min(this.#maxMs, this.#baseMs * 2 ** this.#failures);
    this.#failures += 1;
    return this.#random() * ceiling;
  }

  reset(): void {
    this.#failures = 0;
  }
}
