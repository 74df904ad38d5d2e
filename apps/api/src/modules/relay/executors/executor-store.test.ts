import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { anExecutorRecord, aPresence } from '../testing/records.ts';
import type { ExecutorRecord } from './executor-record.ts';
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
    expect(
      await store.setPresence({ ...record, userId: '43' }, record.executorId, aPresence({ state: 'offline' })),
    ).toBeUndefined();
    expect(await store.list('43')).toEqual([]);
    expect((await store.list('42'))[0]?.presence.state).toBe('online');
  });

  it.each([
    ['no secret', null, null],
    ['another secret', 'its hash', 'another hash'],
    ['a secret that this one does not have', null, 'a hash'],
  ])('gives no credential the executor of another one of the same user for %s', async (...[, secretHash, shown]) => {
    const store = open();
    const record = anExecutorRecord({ secretHash });
    await store.register(record, aPresence());
    const intruder = { ...record, credentialId: 'cred-e2', secretHash: shown };
    expect(await store.register(intruder, aPresence())).toBe(false);
    expect(await store.setPresence(intruder, record.executorId, aPresence({ state: 'offline' }))).toBeUndefined();
    expect(await store.list('42')).toEqual([{ record, presence: aPresence() }]);
  });

  it('gives an executor to another credential of its user that shows its secret, and away from the one before', async () => {
    const store = open();
    const record = anExecutorRecord({ secretHash: 'its hash' });
    await store.register(record, aPresence());
    const successor = { ...record, credentialId: 'cred-e2' };
    expect(await store.register({ ...successor, userId: '43' }, aPresence())).toBe(false);
    expect(await store.register(successor, aPresence())).toBe(true);
    expect((await store.list('42')).map((one) => one.record)).toEqual([successor]);
    expect(await store.setPresence(record, record.executorId, aPresence())).toBeUndefined();
    expect(await store.setPresence(successor, record.executorId, aPresence())).toEqual(aPresence());
  });

  it('remembers what the last heartbeat said, and answers what the one before said', async () => {
    const store = open();
    const record = await registered(store);
    const latest = aPresence({ lastSeenAt: 7_000, state: 'draining', running: [randomUUID()] });
    expect(await store.setPresence(record, record.executorId, latest)).toEqual(aPresence());
    expect((await store.list(record.userId))[0]?.presence).toEqual(latest);
  });

  it('tells of a silent executor once, and again when it came back and fell silent again', async () => {
    const store = open();
    const record = await registered(store);
    const { executorId, userId } = record;
    await store.register(anExecutorRecord(), aPresence({ lastSeenAt: 9_000 }));
    expect(await store.takeSilent(1_000)).toEqual([]);
    expect(await store.countPresent()).toBe(2);
    expect(await store.takeSilent(5_000)).toEqual([{ userId, executorId }]);
    expect(await store.takeSilent(5_000)).toEqual([]);
    expect(await store.countPresent()).toBe(1);
    await store.setPresence(record, record.executorId, aPresence({ lastSeenAt: 6_000 }));
    expect(await store.takeSilent(7_000)).toEqual([{ userId, executorId }]);
  });

  it('loses no heartbeat that comes while silent ones are looked for', async () => {
    const store = open();
    const record = await registered(store);
    const beat = store.setPresence(record, record.executorId, aPresence({ lastSeenAt: 9_000 }));
    await Promise.all([beat, store.takeSilent(5_000)]);
    expect(await store.countPresent()).toBe(1);
    expect(await store.takeSilent(10_000)).toHaveLength(1);
  });

  it('does not miss an executor that said goodbye', async () => {
    const store = open();
    const record = await registered(store);
    await store.setPresence(record, record.executorId, aPresence({ state: 'offline' }));
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

async function registered(store: ExecutorStore): Promise<ExecutorRecord> {
  const record = anExecutorRecord();
  await store.register(record, aPresence());
  return record;
}
