import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Journal, type JournalOptions } from './journal.ts';
import { Killed, MemoryDisk } from './testing/memory-disk.ts';

const BOOT = 'one';
const ids = Array.from({ length: 6 }, () => randomUUID());
const request = (requestId: string) => ({ requestId, executorId: 'e1', tool: 'run_command', server: 'web-1' });
const body = (id: string): string => JSON.stringify({ request_id: id, status: 'success', output: id.repeat(9) });

interface Step {
  readonly n: number;
  readonly what: 'start' | 'finish' | 'deliver';
}

/** Every request starts, ends and is delivered; so many at once that whatever the journal does comes between other things. */
const STEPS: readonly Step[] = Array.from(ids.keys()).flatMap((n): Step[] => [
  { n, what: 'start' },
  ...(n > 0 ? [{ n: n - 1, what: 'finish' } as const] : []),
  ...(n > 1 ? [{ n: n - 2, what: 'deliver' } as const] : []),
]);

/** What a journal has promised, once its call has returned. */
class Promises {
  readonly known = new Set<string>();
  readonly results = new Set<string>();

  keep({ n, what }: Step): void {
    const id = ids[n] as string;
    this.known.add(id);
    if (what === 'finish') this.results.add(id);
  }

  /** From the moment at which it is asked to, a journal may forget a result. */
  letGo({ n, what }: Step): void {
    if (what === 'deliver') this.results.delete(ids[n] as string);
  }
}

const journals: Journal[] = [];

/** One that is killed has a timer left, as no killed process has: it would end whatever test runs by then. */
afterEach(() => {
  for (const journal of journals.splice(0)) journal.close();
});

function opened(disk: MemoryDisk, options: JournalOptions = {}): Journal {
  const journal = new Journal('/state', { disk, boot: BOOT, compactAtBytes: 700, syncAfterMs: 60_000, ...options });
  journals.push(journal);
  return journal;
}

/** Lives until its disk ends it. */
function live(disk: MemoryDisk): Promises {
  const promises = new Promises();
  untilKilled(() => {
    const journal = opened(disk);
    for (const step of STEPS) {
      const id = ids[step.n] as string;
      promises.letGo(step);
      if (step.what === 'start') journal.start(request(id));
      else if (step.what === 'finish') journal.finish(id, body(id));
      else journal.deliver(id);
      promises.keep(step);
    }
    journal.close();
  });
  return promises;
}

function untilKilled(life: () => void): void {
  try {
    life();
  } catch (error) {
    if (!(error instanceof Killed || (error instanceof Error && error.cause instanceof Killed))) throw error;
  }
}

function callsOfALife(): number {
  const disk = new MemoryDisk();
  live(disk);
  return disk.calls;
}

describe('a journal whose process is killed', () => {
  it('keeps, whichever of its calls to the system is the last, what it has promised', () => {
    const calls = callsOfALife();
    expect(calls).toBeGreaterThan(60);
    for (let last = 1; last <= calls; last += 1) {
      const disk = Object.assign(new MemoryDisk(), { diesAt: last });
      const { known, results } = live(disk);
      const after = opened(disk.afterKill());
      expect([...known].filter((id) => !after.knows(id))).toEqual([]);
      const spooled = after.undelivered().map((result) => [result.requestId, result.body]);
      expect(spooled).toEqual(expect.arrayContaining([...results].map((id) => [id, body(id)])));
      expect(after.damaged).toBeLessThanOrEqual(1);
      after.close();
    }
  });

  it('does so too when the next process is killed while it opens it', () => {
    const disk = new MemoryDisk();
    const { known } = live(Object.assign(disk, { diesAt: Math.floor(callsOfALife() * 0.6) }));
    const opening = disk.afterKill();
    opened(opening).close();
    for (let last = 1; last <= opening.calls; last += 1) {
      const second = Object.assign(disk.afterKill(), { diesAt: last });
      untilKilled(() => opened(second).close());
      const third = opened(second.afterKill());
      expect([...known].filter((id) => !third.knows(id))).toEqual([]);
      third.close();
    }
  });
});

describe('a journal whose machine loses its power', () => {
  it('knows what it was opened with, and doubts the rest', () => {
    const calls = callsOfALife();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: calls }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (last, chance) => {
          const before = new MemoryDisk();
          const old = opened(before);
          const kept = randomUUID();
          old.start(request(kept));
          old.close();
          live(Object.assign(before, { calls: 0, diesAt: last }));
          const after = opened(
            before.afterPowerCut(() => chance.next().value as number),
            { boot: 'two' },
          );
          expect([after.knows(kept), after.isDoubtful]).toEqual([true, true]);
          after.close();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('doubts on when it is opened once more, until no request from before can come', () => {
    const disk = new MemoryDisk();
    live(disk);
    opened(disk, { boot: 'two' }).close();
    const again = opened(disk, { boot: 'two' });
    expect(again.isDoubtful).toBe(true);
    again.close();
    const later = opened(disk, { boot: 'two', now: () => Date.now() + 3 * 3_600_000 });
    expect(later.isDoubtful).toBe(false);
    later.close();
  });

  it.each([
    ['a new journal', {}, false],
    ['the same start of the machine', { boot: BOOT }, false],
    ['a system that does not tell', { boot: null }, true],
  ])('doubts or not: %s', (name, options, doubtful) => {
    const disk = new MemoryDisk();
    if (name !== 'a new journal') live(disk);
    const journal = opened(disk, options);
    expect(journal.isDoubtful).toBe(doubtful);
    journal.close();
  });
});

describe('a journal whose disk is full', () => {
  it('refuses what it cannot record, says why, and has everything again once there is room', () => {
    const disk = new MemoryDisk();
    const journal = opened(disk);
    const [running, refused, next] = ids as [string, string, string];
    journal.start(request(running));
    disk.writeFails = 'ENOSPC';
    expect(() => journal.start(request(refused))).toThrow(/its disk is full/);
    expect(() => journal.finish(running, body(running))).toThrow(/its disk is full/);
    disk.writeFails = undefined;
    journal.start(request(next));
    const after = opened(disk.afterKill());
    expect([running, refused, next].map((id) => after.knows(id))).toEqual([true, false, true]);
    expect(after.undelivered()).toHaveLength(1);
    after.close();
    journal.close();
  });

  it('goes on with the file that it has when there is no room for a new one', () => {
    const disk = new MemoryDisk();
    const journal = opened(disk, { compactAtBytes: 1 });
    const [first, second] = ids as [string, string];
    journal.finish(first, body(first));
    const rename = disk.renameSync;
    disk.renameSync = () => {
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
    };
    expect(() => journal.deliver(first)).toThrow(/its disk is full/);
    journal.start(request(second));
    disk.renameSync = rename;
    expect(disk.get('/state/journal.new')).toBeUndefined();
    const after = opened(disk.afterKill());
    expect([after.knows(first), after.knows(second)]).toEqual([true, true]);
    after.close();
    journal.close();
  });

  it.each([
    ['EROFS', /read-only/],
    ['EACCES', /cannot be written/],
    ['EIO', /its disk fails/],
  ])('is not opened when its disk answers %s', (code, why) => {
    expect(() => opened(Object.assign(new MemoryDisk(), { writeFails: code }))).toThrow(why);
  });
});
