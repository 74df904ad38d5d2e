import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { anExecutorRecord, aPresence } from '../testing/records.ts';
import { MAX_EXECUTORS_PER_USER, type ExecutorStore } from './executor-store.ts';
import { MemoryExecutorStore } from './memory-executor-store.ts';
import { RedisExecutorStore } from './redis-executor-store.ts';

let server: TestRedis;
let redis: Redis;
const opened: ExecutorStore[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const keep = <T extends ExecutorStore>(store: T): T => {
  opened.push(store);
  return store;
};

describe.each([
  ['in memory', () => keep(new MemoryExecutorStore())],
  ['in Redis', () => keep(new RedisExecutorStore(redis, randomUUID()))],
])('an executor store %s', (_, open) => {
  it('lists the executors of a user, the most recently registered first', async () => {
    const store = open();
    const [older, newer] = [anExecutorRecord({ registeredAt: 1 }), anExecutorRecord({ registeredAt: 2 })];
    for (const record of [older, newer, anExecutorRecord({ userId: '43' })]) await store.register(record, aPresence());
    expect(await store.list('42')).toEqual([newer, older].map((record) => ({ record, presence: aPresence() })));
  });

  it('replaces the registration of the same executor', async () => {
    const store = open();
    const record = anExecutorRecord();
    await store.register(record, aPresence());
    const again = { ...record, profile: 'staging', registeredAt: 5 };
    expect(await store.register(again, aPresence())).toBe(true);
    expect((await store.list('42')).map((one) => one.record)).toEqual([again]);
  });

  it("gives no user another one's executor id", async () => {
    const store = open();
    const record = anExecutorRecord();
    await store.register(record, aPresence());
    expect(await store.register({ ...record, userId: '43' }, aPresence())).toBe(false);
    expect(await store.setPresence('43', record.executorId, aPresence({ state: 'offline' }))).toBeUndefined();
    expect(await store.list('43')).toEqual([]);
    expect((await store.list('42'))[0]?.presence.state).toBe('online');
  });

  it('remembers what the last heartbeat said, and answers what the one before said', async () => {
    const store = open();
    const { executorId, userId } = await registered(store);
    const latest = aPresence({ lastSeenAt: 7_000, state: 'draining', running: [randomUUID()] });
    expect(await store.setPresence(userId, executorId, latest)).toEqual(aPresence());
    expect((await store.list(userId))[0]?.presence).toEqual(latest);
  });

  it('tells of a silent executor once, and again when it came back and fell silent again', async () => {
    const store = open();
    const { executorId, userId } = await registered(store);
    await store.register(anExecutorRecord(), aPresence({ lastSeenAt: 9_000 }));
    expect(await store.takeSilent(1_000)).toEqual([]);
    expect(await store.countPresent()).toBe(2);
    expect(await store.takeSilent(5_000)).toEqual([{ userId, executorId }]);
    expect(await store.takeSilent(5_000)).toEqual([]);
    expect(await store.countPresent()).toBe(1);
    await store.setPresence(userId, executorId, aPresence({ lastSeenAt: 6_000 }));
    expect(await store.takeSilent(7_000)).toEqual([{ userId, executorId }]);
  });

  it('does not miss an executor that said goodbye', async () => {
    const store = open();
    const { executorId, userId } = await registered(store);
    await store.setPresence(userId, executorId, aPresence({ state: 'offline' }));
    expect(await store.takeSilent(Infinity)).toEqual([]);
    expect(await store.countPresent()).toBe(0);
  });

  it('forgets the longest unseen one when a user has too many', async () => {
    const store = open();
    for (let seen = 0; seen <= MAX_EXECUTORS_PER_USER; seen += 1)
      await store.register(
        anExecutorRecord({ profile: `p${seen}`, registeredAt: seen }),
        aPresence({ lastSeenAt: seen }),
      );
    const profiles = (await store.list('42')).map(({ record }) => record.profile);
    expect(profiles).toHaveLength(MAX_EXECUTORS_PER_USER);
    expect(profiles).not.toContain('p0');
  });
});

async function registered(store: ExecutorStore): Promise<{ executorId: string; userId: string }> {
  const record = anExecutorRecord();
  await store.register(record, aPresence());
  return record;
}
