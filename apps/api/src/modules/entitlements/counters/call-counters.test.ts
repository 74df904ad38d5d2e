import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import type { CallCounters, Count, CountedCall, Repeats, Taken } from './call-counters.ts';
import { MemoryCallCounters } from './memory-call-counters.ts';
import { RedisCallCounters } from './redis-call-counters.ts';

const NOON = Date.parse('2026-11-23T12:00:00.000Z');
const MINUTE = 60_000;
const HALF_A_DAY = 12 * 60 * MINUTE;

let server: TestRedis;
let redis: Redis;
/** What the clock of the counters says. */
let now: number;
const opened: RedisCallCounters[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
});

beforeEach(() => {
  now = NOON;
});

afterEach(() => {
  for (const counters of opened.splice(0)) counters.onApplicationShutdown();
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function inRedis(prefix: string = randomUUID()): Promise<RedisCallCounters> {
  const counters = new RedisCallCounters(redis, { prefix, now: () => now });
  opened.push(counters);
  await counters.start();
  return counters;
}

const count = (window: Count['window'], limit: number, key = 'plan:42:*'): Count => ({ key, window, limit });

/** With when it is made. */
interface TimedCall extends CountedCall {
  readonly at: number;
}

function aCall(given: Partial<TimedCall> = {}): TimedCall {
  return { id: randomUUID(), counts: [], repeats: null, lastsMs: 90_000, at: NOON, ...given };
}

const outcomes = (taken: readonly Taken[]): string[] => taken.map(({ outcome }) => outcome);

/** Takes one call after the other, and tells how many were let through. */
async function letThrough(counters: CallCounters, calls: readonly TimedCall[]): Promise<number> {
  const taken: Taken[] = [];
  for (const call of calls) {
    now = call.at;
    taken.push(await counters.take(call));
  }
  return outcomes(taken).filter((outcome) => outcome === 'taken').length;
}

const several = (times: number, given: Partial<TimedCall>): TimedCall[] =>
  Array.from({ length: times }, () => aCall(given));

describe.each([
  ['in memory', async () => new MemoryCallCounters(() => now)],
  ['in Redis', () => inRedis()],
])('counters %s', (_, open) => {
  it.each([
    ['per_minute', MINUTE],
    ['per_day', HALF_A_DAY],
  ] as const)(
    'let through as many as the limit %s says, and as many again when the next one begins',
    async (window, next) => {
      const counters = await open();
      const counts = [count(window, 3)];
      expect(await letThrough(counters, several(5, { counts }))).toBe(3);
      expect(await letThrough(counters, several(1, { counts, at: NOON + next - 1 }))).toBe(0);
      expect(await letThrough(counters, several(5, { counts, at: NOON + next }))).toBe(3);
    },
  );

  it('let through as many at the same time as the limit says, and another one when one ends', async () => {
    const counters = await open();
    const counts = [count('concurrent', 2)];
    const [first, second, third, fourth] = several(4, { counts }) as [TimedCall, TimedCall, TimedCall, TimedCall];
    expect(await letThrough(counters, [first, second, third])).toBe(2);
    counters.release(first);
    expect(await letThrough(counters, [third, fourth])).toBe(1);
  });

  it('forget a call that nobody ends when it is over in any case, and not before', async () => {
    const counters = await open();
    const counts = [count('concurrent', 1)];
    expect(await letThrough(counters, several(1, { counts, lastsMs: 5_000 }))).toBe(1);
    expect(await letThrough(counters, several(1, { counts, at: NOON + 4_999 }))).toBe(0);
    expect(await letThrough(counters, several(1, { counts, at: NOON + 5_000 }))).toBe(1);
  });

  it('keep a call that lasts longer than was thought, and bring none back that is over', async () => {
    const counters = await open();
    const counts = [count('concurrent', 1)];
    const [first, ...others] = several(4, { counts, lastsMs: 5_000 }) as [TimedCall, ...TimedCall[]];
    const next = (at: number): TimedCall => ({ ...others.pop()!, at });
    expect(await letThrough(counters, [first])).toBe(1);
    counters.prolong(first, 60_000);
    counters.prolong(first, 1_000);
    expect(await letThrough(counters, [next(NOON + 59_999)])).toBe(0);
    expect(await letThrough(counters, [next(NOON + 60_000)])).toBe(1);
    counters.prolong(first, 60_000);
    expect(await letThrough(counters, [next(NOON + 65_000)])).toBe(1);
  });

  it('let through exactly as many, however many come at once', async () => {
    const counters = await open();
    const counts = [count('per_day', 20), count('concurrent', 100)];
    const taken = await Promise.all(several(50, { counts }).map((call) => counters.take(call)));
    expect(outcomes(taken).filter((outcome) => outcome === 'taken')).toHaveLength(20);
  });

  it('count a call everywhere or nowhere, and name the first count without room', async () => {
    const counters = await open();
    const [day, minute, running] = [count('per_day', 9), count('per_minute', 9), count('concurrent', 1)];
    const counts = [day, minute, running];
    expect(await letThrough(counters, several(20, { counts }))).toBe(1);
    expect(await counters.take(aCall({ counts }))).toEqual({ outcome: 'full', count: running, at: NOON });
    expect(await letThrough(counters, several(20, { counts: [day] }))).toBe(8);
    expect(await letThrough(counters, several(20, { counts: [minute] }))).toBe(8);
    expect(await counters.take(aCall({ counts }))).toEqual({ outcome: 'full', count: day, at: NOON });
  });

  it('tell how much is used, also of what has not been counted yet', async () => {
    const counters = await open();
    const counts = [count('per_day', 9), count('per_minute', 9), count('concurrent', 9)];
    const [first, second] = several(2, { counts, lastsMs: 5_000 }) as [TimedCall, TimedCall];
    expect(await counters.used(counts)).toEqual({ at: NOON, used: [0, 0, 0] });
    expect(await letThrough(counters, [first, second])).toBe(2);
    expect(await counters.used(counts)).toEqual({ at: NOON, used: [2, 2, 2] });
    counters.release(first);
    expect((await counters.used([...counts, count('per_day', 9, 'other')])).used).toEqual([2, 2, 1, 0]);
    now = NOON + MINUTE;
    expect(await counters.used(counts)).toEqual({ at: now, used: [2, 0, 0] });
  });

  it('take back a call that was never made', async () => {
    const counters = await open();
    const counts = [count('per_day', 1), count('per_minute', 1), count('concurrent', 1)];
    const [first] = several(1, { counts }) as [TimedCall];
    expect(await letThrough(counters, [first])).toBe(1);
    counters.refund(first);
    expect(await letThrough(counters, several(2, { counts }))).toBe(1);
  });

  it('take a call back once, however often that is said, and none that has run', async () => {
    const counters = await open();
    const counts = [count('per_day', 3), count('concurrent', 9)];
    const [first, second] = several(2, { counts }) as [TimedCall, TimedCall];
    expect(await letThrough(counters, [first, second])).toBe(2);
    counters.refund(first);
    counters.refund(first);
    counters.release(second);
    counters.refund(second);
    expect((await counters.used(counts)).used).toEqual([1, 0]);
  });

  it('let a call go that is ending when it has had the time for it, and never later than it is over in any case', async () => {
    const counters = await open();
    const counts = [count('concurrent', 2)];
    const [first, second] = several(2, { counts, lastsMs: 20_000 }) as [TimedCall, TimedCall];
    expect(await letThrough(counters, [first, second])).toBe(2);
    counters.release(first, 5_000);
    counters.release(second, 60_000);
    expect(await letThrough(counters, several(1, { counts, at: NOON + 4_999 }))).toBe(0);
    expect(await letThrough(counters, several(2, { counts, at: NOON + 5_000 }))).toBe(1);
    now = NOON + 20_000;
    expect((await counters.used(counts)).used).toEqual([1]);
  });

  it('take nothing back from another minute than the one it was counted in', async () => {
    const counters = await open();
    const counts = [count('per_minute', 1)];
    const [first] = several(1, { counts }) as [TimedCall];
    expect(await letThrough(counters, [first, ...several(1, { counts, at: NOON + MINUTE })])).toBe(2);
    counters.refund(first);
    expect(await letThrough(counters, several(1, { counts, at: NOON + MINUTE }))).toBe(0);
  });

  it('never let through more for a call that is given back twice', async () => {
    const counters = await open();
    const counts = [count('concurrent', 2)];
    const [first] = several(1, { counts }) as [TimedCall];
    expect(await letThrough(counters, [first])).toBe(1);
    counters.release(first);
    counters.release(first);
    expect(await letThrough(counters, several(3, { counts }))).toBe(2);
  });

  it('count each key for itself', async () => {
    const counters = await open();
    const mine = several(2, { counts: [count('per_day', 1, 'plan:42:*')] });
    const theirs = several(2, { counts: [count('per_day', 1, 'plan:43:*')] });
    expect(await letThrough(counters, [...mine, ...theirs])).toBe(2);
  });

  describe('of the same call', () => {
    const repeats: Repeats = { key: 'credential:1:abc', most: 3, withinMs: 10_000, pauseMs: 30_000 };
    const at = (...seconds: number[]): TimedCall[] =>
      seconds.map((second) => aCall({ repeats, at: NOON + second * 1_000 }));

    it('let it through as often as is allowed within any such time', async () => {
      const counters = await open();
      expect(await letThrough(counters, at(0, 1, 2, 10, 11, 12, 20))).toBe(7);
    });

    it('stop it when it is one too many, for a while that trying does not make longer', async () => {
      const counters = await open();
      expect(await letThrough(counters, at(0, 1, 2))).toBe(3);
      expect(await letThrough(counters, at(9.9, 30, 39.8))).toBe(0);
      expect(await letThrough(counters, at(39.9, 40, 41))).toBe(3);
      expect(await letThrough(counters, at(42))).toBe(0);
    });

    it('say for how long it is stopped', async () => {
      const counters = await open();
      expect(await letThrough(counters, at(0, 1, 2))).toBe(3);
      now = NOON + 3_000;
      expect(await counters.take(aCall({ repeats }))).toEqual({ outcome: 'repeated', waitMs: 30_000 });
      now = NOON + 13_000;
      expect(await counters.take(aCall({ repeats }))).toEqual({ outcome: 'repeated', waitMs: 20_000 });
    });

    it('stop it alone, and count it nowhere', async () => {
      const counters = await open();
      const counts = [count('per_day', 4)];
      expect(await letThrough(counters, several(9, { repeats, counts }))).toBe(3);
      expect(await letThrough(counters, several(9, { repeats: { ...repeats, key: 'other' }, counts }))).toBe(1);
    });

    it('name the count that has no room first, and take no such call for a repetition', async () => {
      const counters = await open();
      const taken: Taken[] = [];
      for (const call of several(9, { repeats, counts: [count('per_day', 1)] })) taken.push(await counters.take(call));
      expect(outcomes(taken)).toEqual(['taken', ...Array(8).fill('full')]);
      expect(await letThrough(counters, several(3, { repeats }))).toBe(2);
    });
  });
});

describe('counters in Redis', () => {
  it('are the same for all processes', async () => {
    const prefix = randomUUID();
    const both = [await inRedis(prefix), await inRedis(prefix)] as const;
    const counts = [count('per_minute', 20), count('concurrent', 20)];
    const calls = several(50, { counts });
    const taken = await Promise.all(calls.map((call, at) => both[at % 2]!.take(call)));
    expect(outcomes(taken).filter((outcome) => outcome === 'taken')).toHaveLength(20);
    const repeats = { key: 'same', most: 10, withinMs: 10_000, pauseMs: 30_000 };
    const same = await Promise.all(several(30, { repeats }).map((call, at) => both[at % 2]!.take(call)));
    expect(outcomes(same).filter((outcome) => outcome === 'taken')).toHaveLength(10);
  });

  it('leave nothing behind for ever', async () => {
    const prefix = randomUUID();
    const counters = await inRedis(prefix);
    const counts = [count('per_minute', 9), count('per_day', 9), count('concurrent', 9)];
    const repeats = { key: 'same', most: 1, withinMs: 10_000, pauseMs: 30_000 };
    await letThrough(counters, several(2, { counts, repeats }));
    const keys = await redis.keys(`${prefix}:*`);
    expect(keys).toHaveLength(5);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  it('refuse while Redis does not answer or is away, and count again when it is back', async () => {
    const own = await startRedis();
    const connection = new Redis(own.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    connection.on('error', () => undefined);
    const counters = new RedisCallCounters(connection, { prefix: randomUUID() });
    await counters.start();
    const takes = () => counters.take(aCall({ counts: [count('per_day', 5)] }));
    expect(await takes()).toEqual({ outcome: 'taken' });
    await connection.client('PAUSE', 60_000);
    await expect(takes()).rejects.toMatchObject({ code: 'unavailable' });
    await own.kill();
    await expect(takes()).rejects.toMatchObject({ code: 'unavailable' });
    await own.restart();
    await waitFor(async () => (await takes().catch(() => undefined))?.outcome === 'taken', {
      what: 'Redis to be back',
    });
    await own.stop();
    counters.onApplicationShutdown();
    connection.disconnect();
  }, 20_000);

  it.each([
    ['while Redis did not answer', (connection: Redis) => connection.client('PAUSE', 2_600)],
    [
      'while the connection was lost',
      (connection: Redis) => connection.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    ],
  ] as const)(
    'give back what ended %s',
    async (_, disturb) => {
      const own = await startRedis();
      const connection = new Redis(own.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
      const counters = new RedisCallCounters(connection, { prefix: randomUUID() });
      await counters.start();
      const counts = [count('per_day', 9), count('concurrent', 9)];
      const [ended, notMade, lost] = several(3, { counts, lastsMs: 3_600_000 }) as [TimedCall, TimedCall, TimedCall];
      expect(outcomes([await counters.take(ended), await counters.take(notMade)])).toEqual(['taken', 'taken']);
      await disturb(connection);
      const taken = counters.take(lost).catch((error: { code: string }) => error.code);
      counters.release(ended);
      counters.refund(notMade);
      const isCounted = (await taken) === 'unavailable' ? 0 : 1;
      const used = async (): Promise<string> => String((await counters.used(counts)).used);
      await waitFor(async () => (await used().catch(String)) === String([1 + isCounted, isCounted]), {
        what: 'what ended to be given back',
        timeoutMs: 15_000,
      });
      counters.onApplicationShutdown();
      connection.disconnect();
      await own.stop();
    },
    20_000,
  );

  it('take back whole what a Redis that hung has counted after all', async () => {
    const own = await startRedis();
    const connection = new Redis(own.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    const counters = new RedisCallCounters(connection, { prefix: randomUUID() });
    await counters.start();
    const repeats: Repeats = { key: 'same', most: 1, withinMs: 60_000, pauseMs: 60_000 };
    const counts = [count('per_day', 9)];
    own.freeze();
    const lost = counters.take(aCall({ counts, repeats })).catch((error: { code: string }) => error.code);
    expect(await lost).toBe('unavailable');
    own.thaw();
    const takenBack = async () => (await connection.eval("return #redis.call('KEYS', '*:repeats:same')", 0)) === 0;
    await waitFor(async () => (await counters.used(counts).catch(() => null))?.used[0] === 0 && (await takenBack()), {
      what: 'the call to be taken back',
    });
    expect(await counters.take(aCall({ counts, repeats }))).toEqual({ outcome: 'taken' });
    counters.onApplicationShutdown();
    connection.disconnect();
    await own.stop();
  }, 20_000);

  it('count no call that Redis hears of after it was taken back', async () => {
    const counters = await inRedis();
    const counts = [count('per_day', 1), count('concurrent', 1)];
    const [late] = several(1, { counts }) as [TimedCall];
    counters.refund(late);
    await expect(counters.take(late)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await counters.used(counts)).used).toEqual([0, 0]);
  });

  it.each([-1e6, Number.NaN, 1e300])('count no call that is over after %d ms', async (lastsMs) => {
    const counters = await inRedis();
    const counts = [count('per_day', 1), count('concurrent', 1)];
    await expect(counters.take(aCall({ counts, lastsMs }))).rejects.toMatchObject({ code: 'unavailable' });
    expect((await counters.used(counts)).used).toEqual([0, 0]);
  });

  it('go by the clock of Redis, whatever that of the process says', async () => {
    const counters = new RedisCallCounters(redis, { prefix: randomUUID() });
    opened.push(counters);
    await counters.start();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(NOON - 365 * 2 * HALF_A_DAY);
    const { at } = await counters.used([]);
    clock.mockRestore();
    const [seconds] = await redis.time();
    expect(Math.abs(Number(seconds) * 1_000 - at)).toBeLessThan(60_000);
  });
});
