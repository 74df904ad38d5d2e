import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProgressOrder } from './progress-order.ts';

function read(sequences: readonly number[]): number[] {
  const seen: number[] = [];
  const order = new ProgressOrder(({ sequence }) => seen.push(sequence));
  for (const sequence of sequences)
    order.accept({ request_id: '00000000-0000-4000-8000-000000000000', sequence, stream: 'stdout', chunk: 'x' });
  return seen;
}

describe('the output of a request', () => {
  it('is read in order and once, however it arrives', () => {
    const shuffled = fc.integer({ min: 1, max: 40 }).chain((length) => {
      const all = Array.from({ length }, (_, index) => index);
      return fc.tuple(fc.shuffledSubarray(all, { minLength: length }), fc.array(fc.nat({ max: length - 1 })));
    });
    fc.assert(
      fc.property(shuffled, ([arrived, again]) => {
        expect(read([...arrived, ...again])).toEqual(arrived.toSorted((a, b) => a - b));
      }),
    );
  });

  it('goes on without a chunk that never comes', () => {
    const sequences = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(read(sequences)).toEqual(sequences);
  });
});
