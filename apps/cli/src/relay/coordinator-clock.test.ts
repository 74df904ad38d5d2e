import { describe, expect, it } from '@jest/globals';
import { CoordinatorClock } from './coordinator-clock.ts';

const SERVER_TIME = '2026-11-22T10:00:00.000Z';
const NOON = Date.parse(SERVER_TIME);

/** The clock of a machine that is `aheadMs` ahead, after an answer that took `tripMs` and was given in the middle of it. */
function clockAfter(aheadMs: number, tripMs: number): CoordinatorClock {
  let now = NOON + aheadMs - tripMs / 2;
  const clock = new CoordinatorClock(() => now);
  const askedAt = clock.localNow();
  now += tripMs;
  clock.learn(SERVER_TIME, askedAt);
  return clock;
}

describe('CoordinatorClock', () => {
  it.each([3_600_000, -3_600_000, 500])(
    'tells the time of the coordinator on a machine that is %i ms off',
    (aheadMs) => {
      expect(clockAfter(aheadMs, 80).now()).toBe(NOON + 40);
    },
  );

  it('takes the clocks to agree when they may as well', () => {
    const clock = clockAfter(39, 80);
    expect(clock.now()).toBe(clock.localNow());
  });
});
