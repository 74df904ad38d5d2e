import { figuresOf, percentile, type Call, type Figures } from './measure.ts';

export interface PairFigures {
  readonly first: Figures;
  readonly second: Figures;
  /** Milliseconds that the second takes longer: the median of the pairs' own differences. */
  readonly difference: number;
}

/**
 * Measures what one call takes longer than another that is nearly the same: each beside one of the other, either one ahead by turns, after `warmUp`
 * pairs that are not counted. A slow moment of the machine falls on both of a pair, or spoils the difference of that pair alone, while a
 * difference of two medians has all of it. Both must end in the same processes, so that neither finds caches that the other has emptied.
 */
export async function measureInPairs(
  first: Call,
  second: Call,
  { pairs, warmUp }: { readonly pairs: number; readonly warmUp: number },
): Promise<PairFigures> {
  const [firsts, seconds]: [number[], number[]] = [[], []];
  for (let made = 0; made < warmUp + pairs; made++) {
    const inOrder = [
      async () => void firsts.push(await timeOf(first)),
      async () => void seconds.push(await timeOf(second)),
    ];
    for (const measure of made % 2 === 0 ? inOrder : inOrder.toReversed()) await measure();
  }
  const counted = [firsts.slice(warmUp), seconds.slice(warmUp)] as const;
  return { first: alone(counted[0]), second: alone(counted[1]), difference: medianDifference(...counted) };
}

/** Of the second to the first of each pair. */
export function medianDifference(firsts: readonly number[], seconds: readonly number[]): number {
  return percentile(
    firsts.map((first, pair) => (seconds[pair] ?? Number.NaN) - first),
    0.5,
  );
}

async function timeOf(call: Call): Promise<number> {
  const begun = performance.now();
  await call();
  return performance.now() - begun;
}

function alone(times: readonly number[]): Figures {
  return figuresOf([{ times, seconds: times.reduce((sum, time) => sum + time, 0) / 1_000 }], 1);
}
