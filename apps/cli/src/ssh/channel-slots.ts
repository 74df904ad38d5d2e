interface Waiter {
  readonly take: () => void;
}

/** A refusal may have been of the moment only: after so many channels without one, one more is tried. */
const RECOVER_AFTER = 100;

/** Counts the channels of one connection and makes those wait, in order, that would be too many for the server. */
export class ChannelSlots {
  readonly #most: number;
  #limit: number;
  #taken = 0;
  #sinceRefusal = 0;
  readonly #waiting: Waiter[] = [];

  constructor(limit: number) {
    this.#most = limit;
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  get isIdle(): boolean {
    return this.#taken === 0 && this.#waiting.length === 0;
  }

  /** Resolves when a slot is taken. Rejects with the signal's reason, and takes none, when it aborts first. */
  take(signal: AbortSignal): Promise<void> {
    if (this.#taken < this.#limit) {
      this.#taken++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const give = () => {
        this.#remove(waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        take: () => {
          signal.removeEventListener('abort', give);
          resolve();
        },
      };
      signal.addEventListener('abort', give, { once: true });
      this.#waiting.push(waiter);
    });
  }

  release(): void {
    this.#taken--;
    if (this.#limit < this.#most && ++this.#sinceRefusal >= RECOVER_AFTER) {
      this.#limit++;
      this.#sinceRefusal = 0;
    }
    this.#admit();
  }

  /**
   * The server refused the last channel: from now on it is asked for as many as it bears, less the one that stopping a command needs.
   * The refused one still holds its slot.
   */
  refused(): void {
    this.#sinceRefusal = 0;
    this.#limit = Math.max(1, Math.min(this.#limit, this.#taken - 2));
  }

  #admit(): void {
    while (this.#taken < this.#limit && this.#waiting.length > 0) {
      this.#taken++;
      this.#waiting.shift()?.take();
    }
  }

  #remove(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}
