/** One timed call. Rejecting ends the whole measurement: a figure over failing calls would be a lie. */
export type Call = () => Promise<unknown>;

export interface Figures {
  readonly calls: number;
  readonly concurrency: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Calls per second over the whole run. */
  readonly perSecond: number;
}

/** The smallest value that at least `share` of the sorted values do not exceed (nearest rank). */
export function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('no values to take a percentile of');
  return value;
}

/** Runs `calls` calls, `concurrency` at a time, after `warmUp` that are not counted. Times in milliseconds. */
export async function measure(
  call: Call,
  options: { calls: number; concurrency: number; warmUp: number },
): Promise<Figures> {
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
  const seconds = (performance.now() - begun) / 1_000;
  times.sort((a, b) => a - b);
  return {
    calls: times.length,
    concurrency: options.concurrency,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
    perSecond: times.length / seconds,
  };
}

/**
 * Measures several subjects in turn, a slice of each at a time, so that a slow minute of the machine falls on all of them alike and the ratios hold.
 * `warmUp` calls come before a subject's first slice, for its compiler to settle as in a process that has run for a while, and `rewarm` before each
 * other one, since the slices of the others have emptied every cache in between.
 */
export async function measureInTurn<Name extends string>(
  subjects: Readonly<Record<Name, Call>>,
  options: { calls: number; concurrency: number; warmUp: number; rewarm: number; slices: number },
): Promise<Record<Name, Figures>> {
  const names = Object.keys(subjects) as Name[];
  const slices = new Map<Name, Figures[]>(names.map((name) => [name, []]));
  for (let slice = 0; slice < options.slices; slice++) {
    for (const name of names) {
      const figures = await measure(subjects[name], {
        calls: Math.ceil(options.calls / options.slices),
        concurrency: options.concurrency,
        warmUp: slice === 0 ? options.warmUp : options.rewarm,
      });
      slices.get(name)?.push(figures);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianFigures(slices.get(name) ?? [])])) as Record<
    Name,
    Figures
  >;
}

/** Median of each figure over the slices. */
export function medianFigures(slices: readonly Figures[]): Figures {
  const first = slices[0];
  if (!first) throw new Error('no slices to take a median of');
  const median = (pick: (figures: Figures) => number): number =>
    percentile(
      slices.map(pick).sort((a, b) => a - b),
      0.5,
    );
  return {
    calls: slices.reduce((sum, figures) => sum + figures.calls, 0),
    concurrency: first.concurrency,
    p50: median((figures) => figures.p50),
    p95: median((figures) => figures.p95),
    p99: median((figures) => figures.p99),
    perSecond: median((figures) => figures.perSecond),
  };
}
