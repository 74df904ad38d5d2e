import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { retry, type RetryOptions } from './retry.ts';

const OPTIONS: RetryOptions = { baseMs: 2, maxMs: 8, giveUpAt: Infinity, isFinal: () => false };

/** Fails so many times. */
const failing = (times: number) => {
  let calls = 0;
  return async (): Promise<number> => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return calls;
  };
};

describe('retry', () => {
  it('tries until it succeeds, waiting anything up to a bound that doubles', async () => {
    const waits: number[] = [];
    const onRetry = (_: unknown, waitMs: number): void => void waits.push(waitMs);
    expect(await retry(failing(5), { ...OPTIONS, random: () => 1, onRetry })).toBe(6);
    expect(waits).toEqual([2, 4, 8, 8, 8]);
  });

  it('ends with a final error at once', async () => {
    const isFinal = (error: unknown): boolean => (error as Error).message === 'failure 2';
    await expect(retry(failing(9), { ...OPTIONS, isFinal })).rejects.toThrow('failure 2');
  });

  it('ends when the next try would come too late', async () => {
    const options = { ...OPTIONS, now: () => 1_000, random: () => 1, giveUpAt: 1_003 };
    await expect(retry(failing(9), options)).rejects.toThrow('failure 2');
  });

  it('ends in the middle of a wait when it is stopped', async () => {
    const stop = new AbortController();
    const onRetry = (): void => setImmediate(() => stop.abort()) && undefined;
    const options = { ...OPTIONS, baseMs: 1e6, maxMs: 1e6, random: () => 1, signal: stop.signal, onRetry };
    await expect(retry(failing(9), options)).rejects.toThrow('failure 1');
  });

  it('keeps the process alive while it waits', () => {
    const source = new URL('retry.ts', import.meta.url).href;
    const script = `
      import { retry } from ${JSON.stringify(source)};
      let calls = 0;
      const attempt = async () => { if (++calls < 3) throw new Error('not yet'); };
      await retry(attempt, { baseMs: 5, maxMs: 5, giveUpAt: Infinity, isFinal: () => false });
      console.log('done');`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout).toBe('done\n');
  });
});
