import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WaitingLine } from './waiting-line.ts';

const FULL = new Error('full');

describe('a waiting line', () => {
  let began: string[];
  let line: WaitingLine;
  let ends: Map<string, () => void>;
  beforeEach(() => {
    [began, ends] = [[], new Map()];
    line = new WaitingLine({ atOnce: 2, waiting: 2, waitMs: 1_000 }, () => FULL);
  });
  afterEach(() => void jest.useRealTimers());

  /** Runs until it is ended by its name. */
  const come = (name: string, rank: 'known' | 'stranger' = 'stranger'): Promise<string> =>
    line.run(rank, () => {
      began.push(name);
      return new Promise((end) => ends.set(name, () => end(name)));
    });
  const settle = (): Promise<unknown> => new Promise(setImmediate);
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settle();
  };

  it('lets so many run at once, and the others in their order', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => come(name));
    await settle();
    expect(began).toEqual(['a', 'b']);
    for (const name of ['b', 'a', 'c', 'd']) await end(name);
    expect(began).toEqual(['a', 'b', 'c', 'd']);
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has those go first who are known, and keeps places for them', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => come(name));
    await expect(come('too many')).rejects.toBe(FULL);
    all.push(come('owner', 'known'));
    await settle();
    for (const name of ['a', 'owner', 'b', 'c', 'd']) await end(name);
    expect(began).toEqual(['a', 'b', 'owner', 'c', 'd']);
    await Promise.all(all);
  });

  it('sends away who has waited too long, and nobody else', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const all = ['a', 'b'].map((name) => come(name));
    const late = come('late');
    const refused = expect(late).rejects.toBe(FULL);
    jest.advanceTimersByTime(999);
    all.push(come('c'));
    jest.advanceTimersByTime(1);
    await refused;
    await settle();
    for (const name of ['a', 'b', 'c']) await end(name);
    expect(began).toEqual(['a', 'b', 'c']);
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
  });

  it('goes on after one that failed', async () => {
    const fail = (): Promise<never> => Promise.reject(new Error('broken'));
    for (let i = 0; i < 5; i += 1) await expect(line.run('stranger', fail)).rejects.toThrow('broken');
    const two = [come('a'), come('b')];
    await settle();
    expect(began).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) await end(name);
    await Promise.all(two);
  });
});
