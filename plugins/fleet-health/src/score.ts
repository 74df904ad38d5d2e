import type { Disk } from '@servonaut/plugin-sdk/host-facts';

/** What the score is made of. Null is not known, and takes nothing from it. */
export interface Figures {
  readonly loadPerCore: number | null;
  readonly memoryPercent: number | null;
  readonly swapPercent: number | null;
  /** The fullest one. */
  readonly disk: Disk | null;
  /** Names. */
  readonly failedUnits: readonly string[] | null;
}

interface Concern {
  readonly valueOf: (figures: Figures) => number | null;
  /** Up to `from` it takes nothing from the score, at `to` and above `points`, and in between its share of them. */
  readonly from: number;
  readonly to: number;
  readonly points: number;
  readonly words: (figures: Figures) => string;
}

/** Failed units that are named. */
const NAMED_UNITS = 5;

/** A full disk stops a server soonest; swap in use alone stops nothing. They add up to more than 100: a server with all of them has 1. */
const CONCERNS: readonly Concern[] = [
  {
    valueOf: ({ disk }) => disk?.used_percent ?? null,
    from: 80,
    to: 100,
    points: 50,
    words: ({ disk }) => `disk ${disk?.mount} ${disk?.used_percent} % full`,
  },
  {
    valueOf: ({ memoryPercent }) => memoryPercent,
    from: 80,
    to: 100,
    points: 40,
    words: ({ memoryPercent }) => `memory ${memoryPercent} % used`,
  },
  {
    valueOf: ({ loadPerCore }) => loadPerCore,
    from: 1,
    to: 4,
    points: 30,
    words: ({ loadPerCore }) => `load ${loadPerCore} per core`,
  },
  {
    valueOf: ({ failedUnits }) => failedUnits?.length ?? null,
    from: 0,
    to: 3,
    points: 30,
    words: ({ failedUnits }) => `failed units: ${named(failedUnits ?? [])}`,
  },
  {
    valueOf: ({ swapPercent }) => swapPercent,
    from: 50,
    to: 100,
    points: 15,
    words: ({ swapPercent }) => `swap ${swapPercent} % used`,
  },
];

/** From 1 to 100. 0 is for what cannot be reached. */
export function scoreOf(figures: Figures): number {
  const taken = CONCERNS.reduce((sum, concern) => sum + pointsOf(concern, figures), 0);
  return Math.max(1, Math.round(100 - taken));
}

/** In words, the one that takes most from the score first. */
export function troublesOf(figures: Figures): string[] {
  return CONCERNS.map((concern) => ({ concern, points: pointsOf(concern, figures) }))
    .filter(({ points }) => points > 0)
    .toSorted((one, other) => other.points - one.points)
    .map(({ concern }) => concern.words(figures));
}

function pointsOf({ valueOf, from, to, points }: Concern, figures: Figures): number {
  const over = (valueOf(figures) ?? from) - from;
  return points * Math.min(1, Math.max(0, over / (to - from)));
}

function named(units: readonly string[]): string {
  const more = units.length - NAMED_UNITS;
  return units.slice(0, NAMED_UNITS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
