import type { CommandProgress } from '@servonaut/contracts';
import { waitingText } from './answers/waiting-text.ts';

/** Shortest time between two notifications of new output, and longest until the first word of a wait, in milliseconds. */
const INTERVAL_MS = 250;

/** How often it is said again that a call waits for the operator, in milliseconds: clients give up after a minute of silence. */
const REMINDER_MS = 15_000;

/** Most characters of one notification; of new output the latest win, since the whole comes with the result. */
const MESSAGE_LENGTH = 2_000;

/**
 * Turns output as it comes into progress notifications, at most four a second. The first waits as long as all others, so that a call which
 * ends at once costs none. While the operator is asked, says that again and again.
 */
export class ProgressReporter {
  #text = '';
  #total = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Until when the operators are asked, by server. */
  readonly #waits = new Map<string, number>();
  #reminder: NodeJS.Timeout | undefined;
  readonly #send: (progress: number, message: string) => void;

  /** `send` gets a count that only grows, of the characters of output and of what was said besides, and the newest output or what there is to say. */
  constructor(send: (progress: number, message: string) => void) {
    this.#send = send;
  }

  readonly onProgress = ({ chunk }: CommandProgress): void => {
    if (chunk === '') return;
    this.#total += chunk.length;
    this.#text = (this.#text + chunk).slice(-MESSAGE_LENGTH);
    this.#timer ??= setTimeout(this.#flush, INTERVAL_MS);
  };

  /**
   * @param until milliseconds since the epoch; null: it waits no longer
   * @param server of a call for several
   */
  readonly onWaiting = (until: number | null, server = ''): void => {
    if ((this.#waits.get(server) ?? null) === until) return;
    if (until === null) return void this.#waits.delete(server);
    this.#waits.set(server, until);
    clearTimeout(this.#reminder);
    this.#reminder = setTimeout(this.#remind, INTERVAL_MS);
  };

  /** Nothing is sent any more. What has not been is in the result. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#reminder);
  }

  readonly #flush = (): void => {
    const message = this.#text.toWellFormed();
    this.#timer = undefined;
    this.#text = '';
    this.#send(this.#total, message);
  };

  readonly #remind = (): void => {
    if (this.#waits.size === 0) return;
    const lines = [...this.#waits].map(([server, until]) => `${server && `[${server}] `}${waitingText(until)}`);
    this.#total += 1;
    this.#send(this.#total, lines.join('\n').slice(0, MESSAGE_LENGTH));
    this.#reminder = setTimeout(this.#remind, REMINDER_MS);
  };
}
