import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommandProgress } from '@servonaut/contracts';
import { aCommandResult, startRedis, TestClock, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { aRequestRecord } from '../testing/records.ts';
import { WiredRedisPendingStore } from '../testing/redis-pending.ts';
import { MemoryPendingStore } from './memory-pending-store.ts';
import { comparePlaces, type PendingStore } from './pending-store.ts';
import type { RequestRecord } from './request-record.ts';

const MAX_OPEN = 3;
const MAX_OPEN_OF_PRINCIPAL = 2;
const REREAD_MS = 200;
const limits = { maxOpenPerUser: MAX_OPEN, maxOpenPerPrincipal: MAX_OPEN_OF_PRINCIPAL, retentionMs: 60_000 };

let server: TestRedis;
let redis: Redis;
const opened: PendingStore[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function openRedisStore(prefix: string = randomUUID()): Promise<PendingStore> {
  const store = await WiredRedisPendingStore.open(redis, { ...limits, prefix, rereadMs: REREAD_MS });
  opened.push(store);
  return store;
}

async function openMemoryStore(): Promise<MemoryPendingStore> {
  const store = new MemoryPendingStore(limits);
  opened.push(store);
  return store;
}

const soon = (ackMs = 150): Partial<RequestRecord> => ({ ackBy: Date.now() + ackMs, resultWithinMs: 150 });
/** Enough for the executor to say something before. */
const A_WHILE = 1_000;

const outcomeOf = (store: PendingStore, record: RequestRecord): Promise<RequestRecord> =>
  new Promise((resolve) => {
    store.watch(record, { onFinished: resolve, onProgress: () => undefined });
  });

describe.each([
  ['in memory', openMemoryStore],
  ['in Redis', () => openRedisStore()],
])('a pending store %s', (_, open) => {
  it('gives back what it took', async () => {
    const store = await open();
    const record = aRequestRecord();
    await store.create(record);
    expect(await store.get('42', record.requestId)).toEqual(record);
    expect(await store.open('42')).toEqual([record]);
  });

  it("knows nothing of another user's request", async () => {
    const store = await open();
    const record = aRequestRecord();
    await store.create(record);
    expect(await store.get('43', record.requestId)).toBeUndefined();
    expect(await store.open('43')).toEqual([]);
    await expect(store.apply('43', record.requestId, { type: 'cancelled' })).rejects.toMatchObject({
      code: 'request_unknown',
    });
    expect((await store.get('42', record.requestId))?.state).toBe('queued');
  });

  it('refuses an event for a request that never was', async () => {
    const store = await open();
    await expect(store.apply('42', randomUUID(), { type: 'published' })).rejects.toMatchObject({
      code: 'request_unknown',
    });
  });

  it('takes as many open requests of one user as allowed, exactly, and again when one has ended', async () => {
    const store = await open();
    const of = (id: number) => aRequestRecord({ principal: { kind: 'credential', id: `cred-${id}` } });
    const records = Array.from({ length: 3 * MAX_OPEN }, (_unused, id) => of(id));
    const taken = await Promise.allSettled(records.map((record) => store.create(record)));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_OPEN);
    expect(taken.filter(({ status }) => status === 'rejected')).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'too_many_requests' }) }),
    );
    await store.create(aRequestRecord({ userId: '43' }));
    const [first] = await store.open('42');
    await store.apply('42', first?.requestId ?? '', { type: 'cancelled' });
    await store.create(of(8));
    await expect(store.create(of(9))).rejects.toMatchObject({ code: 'too_many_requests', facts: { limit: MAX_OPEN } });
  });

  it('lets one principal take no more than its share, and has room for the others of its user', async () => {
    const store = await open();
    const records = Array.from({ length: 3 * MAX_OPEN }, () => aRequestRecord());
    const taken = await Promise.allSettled(records.map((record) => store.create(record)));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_OPEN_OF_PRINCIPAL);
    const tooMany = { code: 'too_many_requests', facts: { limit: MAX_OPEN_OF_PRINCIPAL } };
    await expect(store.create(aRequestRecord())).rejects.toMatchObject(tooMany);
    await store.create(aRequestRecord({ principal: { kind: 'user', id: 'cred-1' } }));
    const [first] = await store.open('42');
    await store.apply('42', first?.requestId ?? '', { type: 'cancelled' });
    await store.create(aRequestRecord());
    await expect(store.create(aRequestRecord())).rejects.toMatchObject(tooMany);
  });

  it('counts what others ask of a user as what one principal asks, whoever they are', async () => {
    const store = await open();
    const asked = (callerId: string) =>
      aRequestRecord({
        principal: { kind: 'credential', id: callerId },
        delegation: { id: callerId, callerId, callerName: callerId, ownerName: 'alice' },
      });
    for (const caller of ['7', '8']) await store.create(asked(caller));
    await expect(store.create(asked('9'))).rejects.toMatchObject({ facts: { limit: MAX_OPEN_OF_PRINCIPAL } });
    await store.create(aRequestRecord());
  });

  it('names the users who have requests, in order, page by page', async () => {
    const store = await open();
    for (const userId of ['7', '42', '5']) await store.create(aRequestRecord({ userId }));
    expect(await store.users('', 2)).toEqual(['42', '5']);
    expect(await store.users('5', 2)).toEqual(['7']);
    expect(await store.users('7', 2)).toEqual([]);
  });

  it('gives the requests of a user by pages, the latest first, those that have ended too', async () => {
    const store = await open();
    const created: RequestRecord[] = [];
    // Two of each instant.
    for (let index = 0; index < 6; index += 1) {
      const record = aRequestRecord({ createdAt: Date.now() - 1_000 + Math.floor(index / 2) });
      await store.create(record);
      if (index > 0) await store.apply('42', record.requestId, { type: 'cancelled' });
      created.push(record);
    }
    await store.create(aRequestRecord({ userId: '43' }));
    const inOrder = created.toSorted(comparePlaces).map(({ requestId }) => requestId);
    const first = await store.kept('42', { limit: 3 });
    const rest = await store.kept('42', { limit: 4, behind: first.at(-1)! });
    expect([...first, ...rest].map(({ requestId }) => requestId)).toEqual(inOrder);
    expect(await store.kept('42', { limit: 1, behind: rest.at(-1)! })).toEqual([]);
  });

  it('lets one of many different results win', async () => {
    const store = await open();
    const record = aRequestRecord();
    await store.create(record);
    const results = Array.from({ length: 8 }, (__, index) =>
      aCommandResult({ request_id: record.requestId, output: `output ${index}` }),
    );
    const ends = await Promise.all(
      results.map((result) => store.apply('42', record.requestId, { type: 'result', result })),
    );
    expect(ends.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
    expect(ends.filter(({ kind }) => kind === 'refused')).toHaveLength(7);
    expect(await store.open('42')).toEqual([]);
  });

  it('wakes who waits when the result comes, with all that it holds', async () => {
    const store = await open();
    const record = aRequestRecord({ node: store.node });
    await store.create(record);
    const ended = outcomeOf(store, record);
    const stdout = 'NUL \0, half a pair \ud800, ü';
    const result = aCommandResult({ request_id: record.requestId, stdout });
    await store.apply('42', record.requestId, { type: 'result', result });
    expect((await ended).result).toEqual(result);
    expect((await store.get('42', record.requestId))?.result).toEqual(result);
  });

  it('ends a request that nobody acknowledges at its start-by deadline', async () => {
    const store = await open();
    const record = aRequestRecord({ node: store.node, ...soon() });
    await store.create(record);
    expect(await outcomeOf(store, record)).toMatchObject({ outcome: 'not_delivered', reason: 'not_delivered' });
  });

  it('ends a request that has started at its later deadline', async () => {
    const store = await open();
    const record = aRequestRecord({ node: store.node, ...soon() });
    await store.create(record);
    await store.apply('42', record.requestId, { type: 'acknowledged' });
    const ended = await outcomeOf(store, record);
    expect(ended).toMatchObject({ outcome: 'unknown', reason: 'outcome_unknown' });
    expect((ended.finishedAt ?? 0) - (ended.startedAt ?? 0)).toBeGreaterThanOrEqual(150);
  });

  it('ends a request in time whose deadline came nearer by its start', async () => {
    const store = await open();
    const record = aRequestRecord({ node: store.node, ackBy: Date.now() + 60_000, resultWithinMs: 100 });
    await store.create(record);
    await store.apply('42', record.requestId, { type: 'acknowledged' });
    expect((await outcomeOf(store, record)).outcome).toBe('unknown');
  });

  it('keeps a request open that waits for the operator, and tells who waits for it', async () => {
    const store = await open();
    const record = aRequestRecord({ node: store.node, ...soon(A_WHILE) });
    await store.create(record);
    const waits: (number | null)[] = [];
    const ended = new Promise<RequestRecord>((onFinished) => {
      store.watch(record, { onFinished, onProgress: () => undefined, onWaiting: (until) => waits.push(until) });
    });
    await store.apply('42', record.requestId, { type: 'awaiting_approval', forMs: A_WHILE + 100 });
    const waiting = await store.get('42', record.requestId);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', message: null });
    expect(await store.open('42')).toEqual([waiting]);
    const { outcome, finishedAt } = await ended;
    expect(outcome).toBe('unknown');
    expect(finishedAt).toBeGreaterThanOrEqual(waiting!.approvalUntil! + record.resultWithinMs);
    expect(waits).toEqual([waiting!.approvalUntil, null]);
  });

  it('ends a request in time that started while it waited for the operator', async () => {
    const store = await open();
    const record = aRequestRecord({ node: store.node, ...soon(A_WHILE) });
    await store.create(record);
    await store.apply('42', record.requestId, { type: 'awaiting_approval', forMs: 3_600_000 });
    await store.apply('42', record.requestId, { type: 'acknowledged' });
    expect(await outcomeOf(store, record)).toMatchObject({ outcome: 'unknown', reason: 'outcome_unknown' });
  });

  it('keeps what an acknowledgement that comes too late has shown', async () => {
    const store = await open();
    const record = aRequestRecord({ ackBy: Date.now() - 1 });
    await store.create(record);
    expect((await store.apply('42', record.requestId, { type: 'acknowledged' })).kind).toBe('refused');
    expect(await store.get('42', record.requestId)).toMatchObject({ outcome: 'cancelled', result: null });
    expect(await store.open('42')).toEqual([]);
  });

  it('hands output to who waits', async () => {
    const store = await open();
    const record = aRequestRecord({ node: store.node });
    const chunks: CommandProgress[] = [];
    store.watch(record, { onFinished: () => undefined, onProgress: (progress) => chunks.push(progress) });
    const progress = { request_id: record.requestId, sequence: 0, stream: 'stdout', chunk: 'hi' } as const;
    store.forwardProgress(record, progress);
    await waitFor(() => chunks.length === 1, { what: 'the output' });
    expect(chunks).toEqual([progress]);
  });
});

describe('a pending store in memory whose timers fire early', () => {
  it('still ends a request at its deadline', async () => {
    const clock = new TestClock();
    const early = {
      now: clock.now,
      setTimeout: (callback: () => void, ms: number) => clock.setTimeout(callback, ms > 1 ? ms - 1 : ms),
      clearTimeout: clock.clearTimeout as (timer: unknown) => void,
    };
    const store = new MemoryPendingStore({ ...limits, clock: early });
    const record = aRequestRecord({ createdAt: clock.now() });
    await store.create(record);
    await clock.advance(record.ackBy - clock.now() + 1);
    expect(await store.get('42', record.requestId)).toMatchObject({ outcome: 'not_delivered' });
    await store.close();
  });
});

describe('two processes on one Redis', () => {
  it('wake each other, and hand output over', async () => {
    const prefix = randomUUID();
    const [here, there] = [await openRedisStore(prefix), await openRedisStore(prefix)];
    const record = aRequestRecord({ node: here.node });
    await here.create(record);
    const chunks: string[] = [];
    const waits: (number | null)[] = [];
    const ended = new Promise<RequestRecord>((resolve) => {
      const onProgress = ({ chunk }: CommandProgress) => chunks.push(chunk);
      here.watch(record, { onFinished: resolve, onProgress, onWaiting: (until) => waits.push(until) });
    });
    await there.apply('42', record.requestId, { type: 'awaiting_approval', forMs: 60_000 });
    await waitFor(() => typeof waits.at(-1) === 'number', { what: 'word of the wait' });
    await there.apply('42', record.requestId, { type: 'acknowledged' });
    await waitFor(() => waits.at(-1) === null, { what: 'word of its end' });
    there.forwardProgress(record, { request_id: record.requestId, sequence: 0, stream: 'stdout', chunk: 'hi' });
    const result = aCommandResult({ request_id: record.requestId });
    await there.apply('42', record.requestId, { type: 'result', result });
    expect((await ended).result).toEqual(result);
    expect(chunks).toEqual(['hi']);
  });

  it('notice an end although the wake-up was lost', async () => {
    const prefix = randomUUID();
    const [here, there] = [await openRedisStore(prefix), await openRedisStore(prefix)];
    const record = aRequestRecord({ node: 'a name under which nobody listens' });
    await here.create(record);
    const ended = outcomeOf(here, record);
    await there.apply('42', record.requestId, { type: 'cancelled' });
    expect((await ended).outcome).toBe('cancelled');
  });

  it('count what waits for the operator among the open requests for as long as it does', async () => {
    const store = await openRedisStore();
    const records = Array.from({ length: MAX_OPEN_OF_PRINCIPAL }, () => aRequestRecord(soon(A_WHILE)));
    for (const record of records) {
      await store.create(record);
      await store.apply('42', record.requestId, { type: 'awaiting_approval', forMs: 60_000 });
    }
    const { ackBy, resultWithinMs } = records.at(-1)!;
    await waitFor(() => Date.now() > ackBy + resultWithinMs + REREAD_MS, { what: 'when they were to be over' });
    expect((await store.open('42')).map(({ state }) => state)).toEqual(records.map(() => 'awaiting_approval'));
    await expect(store.create(aRequestRecord())).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  it('count the open requests of a user together', async () => {
    const prefix = randomUUID();
    const stores = [await openRedisStore(prefix), await openRedisStore(prefix)];
    const oneMore = () => aRequestRecord({ principal: { kind: 'credential', id: randomUUID() } });
    const attempts = stores.flatMap((store) => Array.from({ length: 5 }, () => store.create(oneMore())));
    const taken = await Promise.allSettled(attempts);
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_OPEN);
  });
});

describe('the results that are kept in memory', () => {
  it('are bounded by all that they hold, structured data too', async () => {
    const store = new MemoryPendingStore({ ...limits, maxResultLength: 10_000 });
    opened.push(store);
    const records = [aRequestRecord(), aRequestRecord()] as const;
    for (const record of records) {
      await store.create(record);
      const result = aCommandResult({ request_id: record.requestId, data: { text: 'x'.repeat(6_000) } });
      await store.apply('42', record.requestId, { type: 'result', result });
    }
    expect(await store.get('42', records[0].requestId)).toBeUndefined();
    expect(await store.get('42', records[1].requestId)).toBeDefined();
  });
});
