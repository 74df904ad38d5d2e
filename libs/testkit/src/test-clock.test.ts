import { describe, expect, it } from '@jest/globals';
import { TestClock, TEST_EPOCH } from './test-clock.ts';

describe('TestClock', () => {
  it('stands still until it is moved', async () => {
    const clock = new TestClock();
    expect(clock.now()).toBe(TEST_EPOCH);
    await clock.advance(1_500);
    expect(clock.now()).toBe(TEST_EPOCH + 1_500);
  });

  it('runs due timers in order, each at its own time, and leaves later ones', async () => {
    const { now, setTimeout, advance, ...clock } = inPieces(new TestClock(0));
    const seen: string[] = [];
    for (const ms of [30, 10, 20, 10, 40]) setTimeout(() => seen.push(`${ms} at ${now()}`), ms);
    await advance(30);
    expect(seen).toEqual(['10 at 10', '10 at 10', '20 at 20', '30 at 30']);
    expect(clock.pending()).toBe(1);
  });

  it('runs timers that promises and other timers set on the way', async () => {
    const clock = new TestClock(0);
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for (;;) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 10));
        seen.push(clock.now());
      }
    };
    void loop();
    await clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  it('does not run a timer that was cleared', async () => {
    const clock = new TestClock();
    clock.clearTimeout(clock.setTimeout(() => expect('this').toBe('not run'), 1));
    clock.clearTimeout(undefined);
    await clock.advance(10);
    expect(clock.pending).toBe(0);
  });
});

/** The methods on their own, as a function under test would be given them. */
function inPieces(clock: TestClock) {
  return {
    now: clock.now,
    setTimeout: clock.setTimeout,
    advance: (ms: number) => clock.advance(ms),
    pending: () => clock.pending,
  };
}
