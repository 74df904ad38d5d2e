import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { loadConfig } from '../../config/app-config.ts';
import { addressKey } from './address-key.ts';
import { MemoryRateLimits, RedisRateLimits } from './flexible-rate-limits.ts';
import { withDefaults } from './named-limits.ts';
import type { RateLimits } from './rate-limits.ts';

const LIMITS = withDefaults({
  sign_in_address: { points: 3, seconds: 60 },
  sign_in_account: { points: 1, seconds: 60 },
  device_poll: { points: 1, seconds: 1 },
});
const TOO_MANY = { code: 'too_many_requests', facts: { retry_after_seconds: expect.any(Number) } };

/** How many of some simultaneous tries were let through. */
async function passes(limits: RateLimits, tries: number, key: string): Promise<number> {
  const all = await Promise.allSettled(Array.from({ length: tries }, () => limits.take('sign_in_address', key)));
  return all.filter(({ status }) => status === 'fulfilled').length;
}

let server: TestRedis;
const open: (() => void)[] = [];
beforeAll(async () => {
  server = await startRedis();
}, 60_000);
const closeAll = (): void => open.splice(0).forEach((close) => close());
afterEach(closeAll);
afterAll(() => server.stop());

function redisLimits(prefix: string, url = server.url): RedisRateLimits {
  const redis = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true }).on('error', () => undefined);
  const limits = new RedisRateLimits(LIMITS, redis, prefix);
  open.push(() => {
    limits.onApplicationShutdown();
    redis.disconnect();
  });
  return limits;
}

/** Redis counts once its connection is there; until then the process counts alone. */
async function connected(prefix: string): Promise<RedisRateLimits> {
  const limits = redisLimits(prefix);
  const reader = new Redis(server.url);
  open.push(() => reader.disconnect());
  await waitFor(
    async () => {
      await limits.take('token_address', 'somebody');
      return (await reader.keys(`${prefix}:*`)).length > 0;
    },
    { what: 'Redis to count' },
  );
  return limits;
}

const KINDS: readonly [string, () => Promise<RateLimits>][] = [
  ['memory', async () => new MemoryRateLimits(LIMITS)],
  ['Redis', () => connected(randomUUID())],
];

describe.each(KINDS)('limits in %s', (_, start) => {
  let limits: RateLimits;
  beforeEach(async () => {
    limits = await start();
  });

  it('let through as many as they say, also at once, and then say when to come back', async () => {
    expect(await passes(limits, 10, 'a')).toBe(3);
    const refused = await limits.take('sign_in_address', 'a').catch((error: unknown) => error);
    expect(refused).toMatchObject(TOO_MANY);
    const { facts } = refused as { facts: { retry_after_seconds: number } };
    expect(facts.retry_after_seconds).toBeGreaterThan(50);
    expect(facts.retry_after_seconds).toBeLessThanOrEqual(60);
  });

  it('count each key and each limit apart', async () => {
    await limits.take('sign_in_account', 'a');
    await expect(limits.take('sign_in_account', 'a')).rejects.toMatchObject(TOO_MANY);
    await limits.take('sign_in_account', 'b');
    await limits.take('sign_in_address', 'a');
  });

  it('count what costs more as more', async () => {
    await limits.take('sign_in_address', 'a', 3);
    await expect(limits.take('sign_in_address', 'a')).rejects.toMatchObject(TOO_MANY);
  });

  it('forget on demand', async () => {
    await limits.take('sign_in_account', 'a');
    await limits.forgive('sign_in_account', 'a');
    await limits.take('sign_in_account', 'a');
  });

  it('end with their window, which refusals do not make longer', async () => {
    await limits.take('device_poll', 'a');
    const letThrough = (): Promise<boolean> =>
      limits.take('device_poll', 'a').then(
        () => true,
        () => false,
      );
    expect(await letThrough()).toBe(false);
    await waitFor(letThrough, { what: 'the window to end' });
  });
});

describe('limits in Redis', () => {
  it('are shared by all processes', async () => {
    const prefix = randomUUID();
    const [one, other] = await Promise.all([connected(prefix), connected(prefix)]);
    expect((await passes(one, 5, 'a')) + (await passes(other, 5, 'a'))).toBe(3);
  });

  it('keep nothing of a key that could be read', async () => {
    const prefix = randomUUID();
    await (await connected(prefix)).take('sign_in_account', 'ada@example.com');
    const reader = new Redis(server.url);
    const keys = (await reader.keys(`${prefix}:*`)).join();
    reader.disconnect();
    expect(keys).toContain('sign_in_account');
    expect(keys).not.toContain('example');
  });

  it('go on counting in the process when Redis is away', async () => {
    const limits = redisLimits(randomUUID(), `redis://127.0.0.1:${await freePort()}`);
    expect(await passes(limits, 10, 'a')).toBe(3);
    await limits.forgive('sign_in_address', 'a');
    expect(await passes(limits, 10, 'a')).toBe(3);
  });

  it('do not wait for a Redis that has stopped answering', async () => {
    const own = await startRedis();
    const limits = redisLimits(randomUUID(), own.url);
    const reader = new Redis(own.url).on('error', () => undefined);
    await waitFor(
      async () => {
        await limits.take('token_address', 'a');
        return (await reader.dbsize()) > 0;
      },
      { what: 'Redis to count' },
    );
    await reader.call('CLIENT', 'PAUSE', '25000', 'ALL');
    const answered: string[] = [];
    reader.ping().then(
      () => answered.push('by Redis'),
      () => answered.push('disconnected'),
    );
    expect(await passes(limits, 10, 'a')).toBe(3);
    expect(answered).toEqual([]);
    reader.disconnect();
    closeAll();
    await own.stop();
  }, 60_000);
});

describe('SERVONAUT_RATE_LIMITS', () => {
  it('changes the limits that it names and no others', () => {
    const { rateLimits } = loadConfig({ SERVONAUT_RATE_LIMITS: 'registration_all=5/60, device_poll=1/9' });
    expect(rateLimits).toEqual(
      withDefaults({ registration_all: { points: 5, seconds: 60 }, device_poll: { points: 1, seconds: 9 } }),
    );
    expect(rateLimits.registration_address).toEqual({ points: 10, seconds: 3_600 });
  });

  it.each(['registration_all', 'registration_all=0/60', 'nothing=1/1', 'device_poll=1', 'device_poll=1/99999'])(
    'refuses %s',
    (SERVONAUT_RATE_LIMITS) => {
      expect(() => loadConfig({ SERVONAUT_RATE_LIMITS })).toThrow('SERVONAUT_RATE_LIMITS: ');
    },
  );
});

describe('the key of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:0::/56'],
    ['2001:0DB8:1:2::9', '2001:db8:1:0::/56'],
    ['2001:db8:1:ff::9', '2001:db8:1:0::/56'],
    ['2001:db8:1:1ff::9', '2001:db8:1:100::/56'],
    ['2001:db8::1', '2001:db8:0:0::/56'],
    ['::1', '0:0:0:0::/56'],
    ['fe80::1%eth0', 'fe80:0:0:0::/56'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/56'],
    ['', ''],
    [undefined, ''],
  ])('%s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
