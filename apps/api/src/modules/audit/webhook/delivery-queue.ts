/** Port: makes the deliveries of chains, each chain by one at a time among all processes, and again after a failure. */
export interface DeliveryQueue {
  /** For a chain that is behind; harmless for one that is being delivered already. */
  add(chain: string): Promise<void>;
  close(): Promise<void>;
}

/** What a queue does with a chain. */
export interface DeliveryWork {
  /** @returns whether there was anything to deliver @throws Error when it was not taken, or aborted */
  deliverNext(chain: string, signal?: AbortSignal): Promise<boolean>;
  giveUpNext(chain: string, error: string): Promise<void>;
}

export interface DeliveryQueueOptions {
  /** How often a message is sent before it is given up. */
  readonly tries: number;
  /** The pause after the first failure, in milliseconds; each further one is twice as long. */
  readonly firstPauseMs: number;
}

/** Most messages that a process sends at once. */
export const CONCURRENCY = 4;

/** The longest pause, in milliseconds. */
const LONGEST_PAUSE_MS = 300_000;

export function pauseAfter(failures: number, { firstPauseMs }: DeliveryQueueOptions): number {
  return Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 30), LONGEST_PAUSE_MS);
}
