import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, as the error will name it. */
  readonly what: string;
  /** Bound in milliseconds; 10,000 when not given. */
  readonly timeoutMs?: number;
  /** Pause between two looks, in milliseconds. */
  readonly everyMs?: number;
}

/** What of `T` a condition may have come true as. */
type Truthy<T> = Exclude<NonNullable<T>, false | 0 | ''>;

/**
 * Polls until `condition` returns something truthy, and resolves with that. A condition that throws has not come true yet.
 * @throws Error naming `what`, with the condition's last error as its cause.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<Truthy<T>> {
  const { what, timeoutMs = 10_000, everyMs = 10 } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value as Truthy<T>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause });
}
