/** What is counted: calls within a day or a minute of UTC, or calls that run at the same time. */
export type CountWindow = 'per_day' | 'per_minute' | 'concurrent';

export interface Count {
  /** Whose calls, by which rule. */
  readonly key: string;
  readonly window: CountWindow;
  /** Most of them. */
  readonly limit: number;
}

/** When the same call is one too many. */
export interface Repeats {
  /** Who calls what with which arguments. */
  readonly key: string;
  /** Most of them within `withinMs`. */
  readonly most: number;
  readonly withinMs: number;
  /** How long there is none after one too many, in milliseconds, however often it is tried. */
  readonly pauseMs: number;
}

/** One call as it is counted; the same object is taken and given back. */
export interface CountedCall<C extends Count = Count> {
  readonly id: string;
  readonly counts: readonly C[];
  /** Null when nobody minds. */
  readonly repeats: Repeats | null;
  /** How long it is at most until the call is over in any case, should nobody say so, in milliseconds. */
  readonly lastsMs: number;
}

export type Taken<C extends Count = Count> =
  | { readonly outcome: 'taken' }
  /** The first count without room, at which instant in milliseconds since the epoch. Nothing was counted. */
  | { readonly outcome: 'full'; readonly count: C; readonly at: number }
  /** There was room, and it was made too often. Nothing was counted. It may be made again after `waitMs` milliseconds. */
  | { readonly outcome: 'repeated'; readonly waitMs: number };

/** How much of some counts is used, in their order. */
export interface Used {
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  readonly used: readonly number[];
}

/**
 * Port: how often has been called what. Exact, however many call at once, in every process that shares the store, whose clock says which minute and which
 * day it is and what is over.
 */
export abstract class CallCounters {
  /**
   * Counts the call everywhere or nowhere. One that could not be counted is taken back, in case that it was.
   * @throws ServonautError `unavailable` when the store does not answer within its bound
   */
  abstract take<C extends Count>(call: CountedCall<C>): Promise<Taken<C>>;

  /** @throws ServonautError `unavailable` as `take` */
  abstract used(counts: readonly Count[]): Promise<Used>;

  /** The call that was taken runs no more, or will not after so many milliseconds. */
  abstract release(call: CountedCall, withinMs?: number): void;

  /** The call that was taken, and runs still, may last so many milliseconds from now; never less than was thought. */
  abstract prolong(call: CountedCall, lastsMs: number): void;

  /** The call that was taken was never made: as if it had not been counted. The same however often it is said. */
  abstract refund(call: CountedCall): void;
}

/** How long each window is, in milliseconds. No day of UTC has another length in the time of computers. */
export const WINDOW_MS = { per_minute: 60_000, per_day: 86_400_000 } as const;

/** Whether the count begins anew with each window, rather than going down when calls end. */
export function isWindowed(window: CountWindow): window is keyof typeof WINDOW_MS {
  return window !== 'concurrent';
}

/** When the count begins anew, in milliseconds since the epoch; null for calls that run, each of which has an end of its own. */
export function resetsAt(window: CountWindow, at: number): number | null {
  return isWindowed(window) ? (windowAt(window, at) + 1) * WINDOW_MS[window] : null;
}

/** Which of its windows since the epoch the instant is in. */
export function windowAt(window: keyof typeof WINDOW_MS, at: number): number {
  return Math.floor(at / WINDOW_MS[window]);
}
