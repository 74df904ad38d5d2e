import { describe, expect, it } from '@jest/globals';
import { measure, measureInTurn, medianFigures, percentile } from './measure.ts';

describe('percentile', () => {
  it('is the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 95, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
    expect(() => percentile([], 0.5)).toThrow('no values');
  });
});

describe('measure', () => {
  it('makes as many calls as asked for, as many at a time, and the warm-up besides', async () => {
    let calls = 0;
    let now = 0;
    let most = 0;
    const figures = await measure(
      async () => {
        calls++;
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
      },
      { calls: 40, concurrency: 4, warmUp: 3 },
    );
    expect({ calls, most, counted: figures.calls }).toEqual({ calls: 43, most: 4, counted: 40 });
    expect(figures.p50).toBeLessThanOrEqual(figures.p99);
  });

  it('fails with the call that fails', async () => {
    await expect(
      measure(() => Promise.reject(new Error('refused')), { calls: 1, concurrency: 1, warmUp: 0 }),
    ).rejects.toThrow('refused');
  });
});

describe('measureInTurn', () => {
  it('gives every subject its slices in turn', async () => {
    const order: string[] = [];
    const call = (name: string) => async (): Promise<void> => void order.push(name);
    await measureInTurn({ a: call('a'), b: call('b') }, { calls: 2, concurrency: 1, warmUp: 2, rewarm: 1, slices: 2 });
    expect(order.join('')).toBe('aaabbbaabb');
  });

  it('takes the median slice of each figure', () => {
    const slice = (p50: number) => ({ calls: 10, concurrency: 1, p50, p95: p50, p99: p50, perSecond: 1 });
    expect(medianFigures([slice(1), slice(100), slice(3)])).toMatchObject({ calls: 30, p50: 3 });
  });
});
