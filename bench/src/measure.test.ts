import { describe, expect, it } from '@jest/globals';
import { figuresOf, measureInTurn, percentile, runSlice } from './measure.ts';

describe('percentile', () => {
  it('is the nearest rank, in whatever order the values come', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 95, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
    expect(() => percentile([], 0.5)).toThrow('no values');
  });
});

describe('runSlice', () => {
  it('makes as many calls as asked for, as many at a time, and the warm-up besides', async () => {
    let calls = 0;
    let now = 0;
    let most = 0;
    const slice = await runSlice(
      async () => {
        calls++;
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
      },
      { calls: 40, concurrency: 4, warmUp: 3 },
    );
    expect({ calls, most, counted: slice.times.length }).toEqual({ calls: 43, most: 4, counted: 40 });
  });

  it('fails with the call that fails', async () => {
    const refused = () => Promise.reject(new Error('refused'));
    await expect(runSlice(refused, { calls: 1, concurrency: 1, warmUp: 0 })).rejects.toThrow('refused');
  });
});

describe('measureInTurn', () => {
  it('gives every subject its slices in turn', async () => {
    const order: string[] = [];
    const call = (name: string) => async (): Promise<void> => void order.push(name);
    await measureInTurn({ a: call('a'), b: call('b') }, { calls: 2, concurrency: 1, warmUp: 2, rewarm: 1, slices: 2 });
    expect(order.join('')).toBe('aaabbbaabb');
  });
});

describe('figuresOf', () => {
  const slice = (time: number, seconds: number) => ({ times: Array.from({ length: 10 }, () => time), seconds });

  it('takes the median slice for the middle and all calls for the tail', () => {
    expect(figuresOf([slice(1, 1), slice(100, 10), slice(3, 2)], 8)).toEqual({
      calls: 30,
      concurrency: 8,
      p50: 3,
      p95: 100,
      p99: 100,
      perSecond: 5,
    });
  });
});
