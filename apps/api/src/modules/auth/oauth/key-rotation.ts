/** When a signing key begins to sign. */
export interface KeyTimes {
  readonly kid: string;
  readonly activeFrom: Date;
}

/** What the table of signing keys lacks, and what it holds for nothing. */
export interface RotationSteps {
  /** From when on the key signs that is to be made now; null when none is. */
  readonly make: Date | null;
  /** Keys that nothing is verified with any more. */
  readonly forget: readonly string[];
}

/**
 * How long a key is published before it signs, in milliseconds. Other processes read the table every 30 s, and clients keep a key set for minutes: the
 * first token of a new key must be strange to none of them.
 */
export const PUBLISHED_AHEAD_MS = 10 * 60_000;

/** How long a key is kept after its last signature, in milliseconds: longer than any token lives. */
export const KEPT_AFTER_MS = 2 * 3_600_000;

/** Keys in the order in which they are to be used: the one that signs now first, then the next ones, the soonest first, then the retired ones. */
export function inOrderOfUse<Key extends KeyTimes>(keys: readonly Key[], now: Date): Key[] {
  const latestFirst = keys.toSorted((a, b) => b.activeFrom.getTime() - a.activeFrom.getTime());
  const begun = latestFirst.filter(({ activeFrom }) => activeFrom <= now);
  const next = latestFirst.filter(({ activeFrom }) => activeFrom > now).toReversed();
  return [...begun.slice(0, 1), ...next, ...begun.slice(1)];
}

/** @param lifeMs how long a key signs */
export function rotationSteps(keys: readonly KeyTimes[], lifeMs: number, now: Date): RotationSteps {
  const starts = keys.map(({ activeFrom }) => activeFrom.getTime()).toSorted((a, b) => a - b);
  const begun = starts.filter((start) => start <= now.getTime());
  return { make: startOfNext(begun, starts.at(-1), lifeMs, now), forget: forgettable(keys, starts, now) };
}

/**
 * The very first signs at once: there is nobody yet to whom it could be strange, and no other. One that is there but has not begun, as after a clock was
 * set back, is in nobody's way: it signs, and there is no other to make.
 */
function startOfNext(begun: number[], last: number | undefined, lifeMs: number, now: Date): Date | null {
  if (last !== undefined && last > now.getTime()) return null;
  const active = begun.at(-1);
  if (active === undefined) return now;
  const soonest = now.getTime() + PUBLISHED_AHEAD_MS;
  return active + lifeMs > soonest ? null : new Date(soonest);
}

/** A key has signed until the one after it began. */
function forgettable(keys: readonly KeyTimes[], starts: readonly number[], now: Date): string[] {
  const successorOf = ({ activeFrom }: KeyTimes) => starts.find((start) => start > activeFrom.getTime()) ?? Infinity;
  return keys.filter((key) => successorOf(key) + KEPT_AFTER_MS <= now.getTime()).map(({ kid }) => kid);
}
