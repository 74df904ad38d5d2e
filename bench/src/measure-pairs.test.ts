import { describe, expect, it } from '@jest/globals';
import { measureInPairs, medianDifference } from './measure-pairs.ts';

describe('measureInPairs', () => {
  it('puts either one ahead by turns, and counts no pair of the warm-up', async () => {
    const order: string[] = [];
    const call = (name: string) => async (): Promise<void> => void order.push(name);
    const { first, second } = await measureInPairs(call('a'), call('b'), { pairs: 3, warmUp: 2 });
    expect(order.join('')).toBe('abbaabbaab');
    expect([first.calls, second.calls]).toEqual([3, 3]);
  });

  it('fails with the call that fails', async () => {
    const refused = () => Promise.reject(new Error('refused'));
    await expect(measureInPairs(async () => undefined, refused, { pairs: 1, warmUp: 0 })).rejects.toThrow('refused');
  });
});

describe('medianDifference', () => {
  it('is that of each pair, though most calls of one were made in a slow moment', () => {
    const [none, held] = [
      [4, 4, 9, 9, 9, 4],
      [4.4, 4.4, 9.4, 9.4, 4.4, 9.4],
    ];
    expect(medianDifference(none, held)).toBeCloseTo(0.4);
  });
});
