/** One timed call. Rejecting ends the whole measurement: a figure over failing calls would be a lie. */
export type Call = () => Promise<unknown>;

export interface Figures {
  readonly calls: number;
  readonly concurrency: number;
  /** Median of the slices' own: one slow moment of the machine, which falls on one subject, moves no ratio. */
  readonly p50: number;
  /** Over all calls: a tail is what a slow moment shows in. */
  readonly p95: number;
  readonly p99: number;
  /** Calls per second; median of the slices' own. */
  readonly perSecond: number;
}

/** What was counted in one go: milliseconds of each call, and seconds in all. */
export interface Slice {
  readonly times: readonly number[];
  readonly seconds: number;
}

/** The smallest value that at least `share` of the values do not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('no values to take a percentile of');
  return value;
}

/** Runs `calls` calls, `concurrency` at a time, after `warmUp` that are not counted. */
export async function runSlice(
  call: Call,
  options: { calls: number; concurrency: number; warmUp: number },
): Promise<Slice> {
  for (let done = 0; done < options.warmUp; done++) await call();
  const times: number[] = [];
  let left = options.calls;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const begun = performance.now();
      await call();
      times.push(performance.now() - begun);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return { times, seconds: (performance.now() - begun) / 1_000 };
}

export interface TurnOptions {
  readonly calls: number;
  readonly concurrency: number;
  readonly warmUp: number;
  readonly rewarm: number;
  readonly slices: number;
}

/**
 * Measures several subjects in turn, a slice of each at a time, so that a slow minute of the machine falls on all of them alike and the ratios hold.
 * `warmUp` calls come before a subject's first slice, for its compiler to settle as in a process that has run for a while, and `rewarm` before each
 * other one, since the slices of the others have emptied every cache in between.
 */
export async function measureInTurn<Name extends string>(
  subjects: Readonly<Record<Name, Call>>,
  { calls, concurrency, warmUp, rewarm, slices }: TurnOptions,
): Promise<Record<Name, Figures>> {
  const names = Object.keys(subjects) as Name[];
  const taken = new Map<Name, Slice[]>(names.map((name) => [name, []]));
  for (let slice = 0; slice < slices; slice++) {
    for (const name of names) {
      const options = { calls: Math.ceil(calls / slices), concurrency, warmUp: slice === 0 ? warmUp : rewarm };
      taken.get(name)?.push(await runSlice(subjects[name], options));
    }
  }
  const figures = [...taken].map(([name, all]) => [name, figuresOf(all, concurrency)] as const);
  return Object.fromEntries(figures) as Record<Name, Figures>;
}

export function figuresOf(slices: readonly Slice[], concurrency: number): Figures {
  const all = slices.flatMap(({ times }) => times);
  const median = (figure: (slice: Slice) => number): number => percentile(slices.map(figure), 0.5);
  return {
    calls: all.length,
    concurrency,
    p50: median(({ times }) => percentile(times, 0.5)),
    p95: percentile(all, 0.95),
    p99: percentile(all, 0.99),
    perSecond: median(({ times, seconds }) => times.length / seconds),
  };
}
