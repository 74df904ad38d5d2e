/** Bounds how many requests run at once; the others wait in the order of their arrival. */
export class RunningSlots {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Waits for a slot. Every one that was had must be given back by `release`.
   * @returns false when `signal` was aborted first: then there is no slot to release
   */
  async take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#taken < this.#max) {
      this.#taken += 1;
      return true;
    }
    return this.#wait(signal);
  }

  /** A slot for what the operator has just approved, even when all are taken. */
  takeAnyway(): void {
    this.#taken += 1;
  }

  /** The slot goes from hand to hand, so that nobody can slip in between. */
  release(): void {
    const next = this.#taken > this.#max ? undefined : this.#waiting.shift();
    if (next) next();
    else this.#taken -= 1;
  }

  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const grant = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        resolve(false);
      };
      this.#waiting.push(grant);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
