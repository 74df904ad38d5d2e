import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  /** Whether trying again is pointless after this error. */
  readonly isFinal: (error: unknown) => boolean;
  /** Milliseconds since the epoch, local, after which no further try is made. */
  readonly giveUpAt: number;
  /** The wait before try n is anything from 0 to `baseMs * 2^(n-1)`, at most `maxMs` (full jitter). */
  readonly baseMs: number;
  readonly maxMs: number;
  readonly onRetry?: (error: unknown, waitMs: number) => void;
  /** Ends the waiting: the last error is thrown. */
  readonly signal?: AbortSignal;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** @throws the error of the last try, when it is final, or the time or the signal ends the trying */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { now = Date.now, random = Math.random } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = random() * Math.min(options.maxMs, options.baseMs * 2 ** (tries - 1));
      if (options.isFinal(error) || options.signal?.aborted || now() + waitMs > options.giveUpAt) throw error;
      options.onRetry?.(error, waitMs);
      await pause(waitMs, options.signal);
      if (options.signal?.aborted) throw error;
    }
  }
}

/** Ends early, without an error, when aborted. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
