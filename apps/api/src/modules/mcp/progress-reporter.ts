import type { CommandProgress } from '@servonaut/contracts';

/** Shortest time between two notifications of one call, in milliseconds. */
const INTERVAL_MS = 250;

/** Most characters of new output in one notification; the latest win, since the whole comes with the result. */
const MESSAGE_LENGTH = 2_000;

/**
 * Turns output as it comes into progress notifications, at most four a second. The first waits as long as all others, so that a call which
 * ends at once costs none.
 */
export class ProgressReporter {
  #text = '';
  #total = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #send: (progress: number, message: string) => void;

  /** `send` gets the count of characters so far, which only grows, and the newest output. */
  constructor(send: (progress: number, message: string) => void) {
    this.#send = send;
  }

  readonly onProgress = ({ chunk }: CommandProgress): void => {
    if (chunk === '') return;
    this.#total += chunk.length;
    this.#text = (this.#text + chunk).slice(-MESSAGE_LENGTH);
    this.#timer ??= setTimeout(this.#flush, INTERVAL_MS);
  };

  /** Nothing is sent any more. What has not been is in the result. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #flush = (): void => {
    const message = this.#text.toWellFormed();
    this.#timer = undefined;
    this.#text = '';
    this.#send(this.#total, message);
  };
}
