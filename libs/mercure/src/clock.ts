/** Time as this package uses it; a test hands in its own. */
export interface Clock {
  /** Milliseconds; only differences between two readings are used. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Monotonic, so that a corrected wall clock neither fires a watchdog nor silences one. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => {
    clearTimeout(handle as NodeJS.Timeout);
  },
};
