import type { Figures } from '../measure.ts';

/** How subjects of warm calls take turns. */
export const TURNS = { warmUp: 200, rewarm: 20, slices: 5 } as const;

/** How to read the figures, for whoever reads the table. */
export const TURNS_NOTE = `Subjects of a comparison take turns in ${TURNS.slices} slices, after ${TURNS.warmUp} calls that are not counted and ${TURNS.rewarm} more before each later slice:
p50 and calls per second are the median of the slices' own, p95 and p99 are over all calls.`;

/** The figures of each subject, of one measurement after the other. */
export function besideEachOther(
  ...sets: readonly Readonly<Record<string, Figures>>[]
): Record<string, readonly Figures[]> {
  const names = Object.keys(sets[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, sets.flatMap((set) => set[name] ?? [])]));
}
