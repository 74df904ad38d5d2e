import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { PublicJwk } from '@servonaut/contracts';
import { startRedis, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { anExecutorRecord, aPresence } from '../testing/records.ts';
import type { ExecutorRecord } from './executor-record.ts';
import type { ExecutorStore } from './executor-store.ts';
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
    await store.register(again, aPresence());
    expect((await store.list('42')).map((one) => one.record)).toEqual([again]);
  });

  it('answers nobody but the holder of an executor', async () => {
    const store = open();
    const { executorId, ...record } = await registered(store);
    const strangers = [
      { ...record, userId: '43' },
      { ...record, credentialId: 'cred-e2' },
    ];
    for (const stranger of strangers)
      expect(await store.setPresence(stranger, executorId, aPresence({ state: 'offline' }))).toBeUndefined();
    expect(await store.list('43')).toEqual([]);
    expect((await store.list('42'))[0]?.presence.state).toBe('online');
  });

  it('gives an executor that is registered by another credential to that one, and takes it from the one before', async () => {
    const store = open();
    const record = await registered(store);
    const successor = { ...record, credentialId: 'cred-e2' };
    await store.register(successor, aPresence());
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

  it('shows a run that was ended as offline, whatever it says, until the executor begins another one', async () => {
    const store = open();
    const record = anExecutorRecord({ publicKey: aKey('A') });
    await store.register(record, aPresence());
    await store.endRun(record);
    expect(await store.hasEnded(record)).toBe(true);
    expect(await store.setPresence(record, record.executorId, aPresence())).toBe('ended');
    // As when it crosses the end.
    await store.register({ ...record, registeredAt: 9_000 }, aPresence({ running: [randomUUID()] }));
    expect((await store.list('42'))[0]?.presence).toMatchObject({ state: 'offline', running: [] });
    const next = { ...record, publicKey: aKey('B') };
    expect(await store.hasEnded(next)).toBe(false);
    await store.register(next, aPresence());
    expect((await store.list('42')).map((one) => one.presence.state)).toEqual(['online']);
    expect(await store.setPresence(next, next.executorId, aPresence())).toEqual(aPresence());
  });

  it('counts an ended run as gone, and tells of it no more', async () => {
    const store = open();
    const record = anExecutorRecord({ publicKey: aKey('A') });
    await store.register(record, aPresence());
    await store.endRun(record);
    expect(await store.countPresent()).toBe(0);
    expect(await store.takeSilent(Infinity)).toEqual([]);
  });

  it('ends a run by whichever id it comes back, and of that user alone', async () => {
    const store = open();
    const record = anExecutorRecord({ publicKey: aKey('A') });
    await store.register(record, aPresence({ state: 'offline' }));
    await store.endRun(record);
    await store.forget('42', [record.executorId]);
    const renamed = anExecutorRecord({ publicKey: aKey('A') });
    expect(await store.hasEnded(renamed)).toBe(true);
    await store.register(renamed, aPresence());
    expect((await store.list('42')).map((one) => one.presence.state)).toEqual(['offline']);
    expect(await store.setPresence(renamed, renamed.executorId, aPresence())).toBe('ended');
    expect(await store.hasEnded({ ...record, userId: '43' })).toBe(false);
  });

  it('tells whose an executor is, as long as it is listed', async () => {
    const store = open();
    const [record, other] = [await registered(store), anExecutorRecord({ userId: '43' })];
    await store.register(other, aPresence());
    expect(await Promise.all([record, other].map((one) => store.userOf(one.executorId)))).toEqual(['42', '43']);
    expect(await store.userOf(randomUUID())).toBeUndefined();
    await store.forget('43', [record.executorId, other.executorId]);
    expect(await Promise.all([record, other].map((one) => store.userOf(one.executorId)))).toEqual(['42', undefined]);
  });

  it('never ends an executor whose runs nobody can tell apart', async () => {
    const store = open();
    const record = await registered(store);
    await store.endRun(record);
    expect(await store.hasEnded(record)).toBe(false);
    expect((await store.list('42'))[0]?.presence.state).toBe('online');
  });

  it('names the users who have executors, in order, page by page', async () => {
    const store = open();
    for (const userId of ['7', '42', '43', '5']) await store.register(anExecutorRecord({ userId }), aPresence());
    expect(await store.users('', 10)).toEqual(['42', '43', '5', '7']);
    expect(await store.users('', 2)).toEqual(['42', '43']);
    expect(await store.users('43', 2)).toEqual(['5', '7']);
    const ids = (await store.list('43')).map((one) => one.record.executorId);
    await store.forget('43', ids);
    expect(await store.users('', 2)).toEqual(expect.not.arrayContaining(['43']));
    expect(await store.users('7', 2)).toEqual([]);
  });

  it('forgets whom it is told to, of that user', async () => {
    const store = open();
    const [record, other] = [await registered(store), await registered(store)];
    await store.forget('43', [other.executorId]);
    await store.forget('42', [record.executorId]);
    await store.forget('42', []);
    expect((await store.list('42')).map((one) => one.record)).toEqual([other]);
    expect(await store.countPresent()).toBe(1);
    expect(await store.setPresence(record, record.executorId, aPresence())).toBeUndefined();
  });

  it('has an executor whose heartbeat crosses its being forgotten register again', async () => {
    const store = open();
    const record = await registered(store);
    await Promise.all([
      store.setPresence(record, record.executorId, aPresence()),
      store.forget('42', [record.executorId]),
    ]);
    expect(await store.setPresence(record, record.executorId, aPresence())).toBeUndefined();
    expect(await store.list('42')).toEqual([]);
  });
});

const aKey = (letter: string): PublicJwk => ({ kty: 'OKP', crv: 'X25519', x: letter.repeat(43) });

async function registered(store: ExecutorStore): Promise<ExecutorRecord> {
  const record = anExecutorRecord();
  await store.register(record, aPresence());
  return record;
}
