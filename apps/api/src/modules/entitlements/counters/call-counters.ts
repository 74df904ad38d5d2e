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
  /** Milliseconds since the epoch, by the clock of the coordinator: it decides which minute and which day. */
  readonly at: number;
  /** When the call is over in any case, should nobody say so. */
  readonly overBy: number;
}

export type Taken<C extends Count = Count> =
  | { readonly outcome: 'taken' }
  /** The first count without room. Nothing was counted. */
  | { readonly outcome: 'full'; readonly count: C }
  /** There was room, and it was made too often. Nothing was counted. It may be made again after `waitMs` milliseconds. */
  | { readonly outcome: 'repeated'; readonly waitMs: number };

/** Port: how often has been called what. Exact, however many call at once, in every process that shares the store. */
export abstract class CallCounters {
  /**
   * Counts the call everywhere or nowhere.
   * @throws ServonautError `unavailable` when the store does not answer within its bound
   */
  abstract take<C extends Count>(call: CountedCall<C>): Promise<Taken<C>>;

  /**
   * How many calls each count has now, in their order.
   * @param at milliseconds since the epoch
   * @throws ServonautError `unavailable` as `take`
   */
  abstract used(counts: readonly Count[], at: number): Promise<readonly number[]>;

  /** The call that was taken runs no more. */
  abstract release(call: CountedCall): void;

  /** The call that was taken was never made: as if it had not been counted. */
  abstract refund(call: CountedCall): void;
}

const WINDOW_MS = { per_minute: 60_000, per_day: 86_400_000 } as const;

/** Whether the count begins anew with each window, rather than going down when calls end. */
export function isWindowed(window: CountWindow): window is keyof typeof WINDOW_MS {
  return window !== 'concurrent';
}

/** When the count begins anew, in milliseconds since the epoch; null for calls that run, each of which has an end of its own. */
export function resetsAt(window: CountWindow, at: number): number | null {
  return isWindowed(window) ? windowAt(window, at).endsAt : null;
}

/** Which of its windows since the epoch the instant is in, and when that ends. No day of UTC has another length in the time of computers. */
export function windowAt(
  window: keyof typeof WINDOW_MS,
  at: number,
): { readonly number: number; readonly endsAt: number } {
  const number = Math.floor(at / WINDOW_MS[window]);
  return { number, endsAt: (number + 1) * WINDOW_MS[window] };
}
