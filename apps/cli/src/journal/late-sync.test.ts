import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LateSync } from './late-sync.ts';

describe('the sync of what is not over soon', () => {
  let syncs: ((failure: string | undefined) => void)[];
  let warnings: string[];
  let late: LateSync;

  beforeEach(() => {
    jest.useFakeTimers();
    [syncs, warnings] = [[], []];
    const file = { sync: (done: (failure: string | undefined) => void) => void syncs.push(done) };
    late = new LateSync(file, { now: Date.now, syncAfterMs: 50, warn: (message) => void warnings.push(message) });
  });
  afterEach(() => void jest.useRealTimers());

  it('comes once for all that have waited, and not for what is over by then', () => {
    for (const id of ['a', 'b', 'over']) late.soon(id);
    late.never('over');
    jest.advanceTimersByTime(49);
    expect(syncs).toHaveLength(0);
    jest.advanceTimersByTime(1);
    expect(syncs).toHaveLength(1);
  });

  it('never comes for short commands, however many there are', () => {
    for (let n = 0; n < 100; n += 1) {
      late.soon(`${n}`);
      late.soon(`${n + 0.5}`);
      jest.advanceTimersByTime(10);
      late.never(`${n}`);
      late.never(`${n + 0.5}`);
    }
    jest.advanceTimersByTime(1_000);
    expect(syncs).toHaveLength(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('comes again for what was recorded while the disk was busy, one at a time', () => {
    late.soon('a');
    jest.advanceTimersByTime(50);
    late.soon('b');
    jest.advanceTimersByTime(500);
    expect(syncs).toHaveLength(1);
    syncs[0]?.(undefined);
    jest.advanceTimersByTime(50);
    expect(syncs).toHaveLength(2);
  });

  it('tells why the disk does not keep it', () => {
    late.soon('a');
    jest.advanceTimersByTime(50);
    syncs[0]?.('its disk fails');
    expect(warnings).toEqual(['its disk fails']);
  });

  it('does not come when it is stopped', () => {
    late.soon('a');
    late.stop();
    jest.advanceTimersByTime(500);
    expect(syncs).toHaveLength(0);
  });
});
