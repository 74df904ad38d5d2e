import type { Side } from './side.ts';

type Place = readonly [side: Side, path: string];

/** Of the first `length` bytes of both, the SHA-256 that they share; `false` where they differ, undefined where a side makes none out. */
export async function equalDigests(one: Place, other: Place, length: number): Promise<string | false | undefined> {
  const [first, second] = await Promise.all([one, other].map(([side, path]) => side.digest(path, length)));
  if (first === undefined || second === undefined) return undefined;
  return first === second && first;
}
