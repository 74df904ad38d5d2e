import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aCommandResult } from '@servonaut/testkit';
import { sql } from 'drizzle-orm';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { aRequestRecord } from '../testing/records.ts';
import { startRelayNode } from '../testing/relay-node.ts';
import { TestExecutor } from '../testing/test-executor.ts';
import { DatabaseRequestArchive } from './database-request-archive.ts';
import { MemoryPendingStore } from './memory-pending-store.ts';

const RETENTION_MS = 60_000;
const limits = { maxOpenPerUser: 100, retentionMs: RETENTION_MS };

describe.each(DATABASES)('the archive of requests in %s', (_, openTestDatabase) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
  }, 60_000);

  afterAll(async () => {
    await database.close();
  });

  /** A coordinator's memory, started anew over the same database. */
  async function startStore(): Promise<MemoryPendingStore> {
    const archive = new DatabaseRequestArchive(database.database, { retentionMs: RETENTION_MS });
    const store = new MemoryPendingStore({ ...limits, archive });
    await store.rehydrate();
    return store;
  }

  it('has a result as soon as it was taken, with all that output may hold, without a proper stop', async () => {
    const store = await startStore();
    const record = aRequestRecord();
    await store.create(record);
    const stdout = 'NUL \0, half a pair \ud800, ü, "quotes" and \\u0000';
    const result = aCommandResult({ request_id: record.requestId, stdout });
    await store.apply('42', record.requestId, { type: 'result', result });
    const restarted = await startStore();
    expect(await restarted.get('42', record.requestId)).toMatchObject({ outcome: 'succeeded', result });
    expect(await restarted.get('43', record.requestId)).toBeUndefined();
    await Promise.all([store.close(), restarted.close()]);
  });

  it('takes the result of a request that was open when the coordinator stopped', async () => {
    const store = await startStore();
    const record = aRequestRecord({ resultWithinMs: 60_000 });
    await store.create(record);
    await store.apply('42', record.requestId, { type: 'acknowledged' });
    await store.close();
    const restarted = await startStore();
    expect(await restarted.open('42')).toMatchObject([{ requestId: record.requestId, state: 'started' }]);
    const result = aCommandResult({ request_id: record.requestId });
    expect((await restarted.apply('42', record.requestId, { type: 'result', result })).kind).toBe('changed');
    await restarted.close();
  });

  it('ends, after a restart, what came due meanwhile, and lets the result correct it later', async () => {
    const store = await startStore();
    const record = aRequestRecord({ createdAt: Date.now() - 1_000_000 });
    await store.create({ ...record, ackBy: Date.now() + 60_000 });
    await store.close();
    await database.database.execute(
      sql`update relay_requests set record = ${JSON.stringify(JSON.stringify(record))}::jsonb where id = ${record.requestId}`,
    );
    const restarted = await startStore();
    const ended = await new Promise((resolve) => {
      restarted.watch(record, { onFinished: resolve, onProgress: () => undefined });
    });
    expect(ended).toMatchObject({ outcome: 'not_delivered' });
    await restarted.close();
    const again = await startStore();
    const result = aCommandResult({ request_id: record.requestId });
    await again.apply('42', record.requestId, { type: 'result', result });
    expect(await again.get('42', record.requestId)).toMatchObject({ outcome: 'succeeded' });
    await again.close();
  });

  it('does not call a result taken that could not be written, and takes it when it comes again', async () => {
    const store = await startStore();
    const record = aRequestRecord();
    await store.create(record);
    const result = aCommandResult({ request_id: record.requestId });
    await database.database.execute(sql`alter table relay_requests rename to relay_requests_away`);
    const attempt = store.apply('42', record.requestId, { type: 'result', result });
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable' });
    await database.database.execute(sql`alter table relay_requests_away rename to relay_requests`);
    expect((await store.apply('42', record.requestId, { type: 'result', result })).kind).toBe('unchanged');
    const restarted = await startStore();
    expect(await restarted.get('42', record.requestId)).toMatchObject({ result });
    await Promise.all([store.close(), restarted.close()]);
  });

  it('answers the agent without waiting for the database', async () => {
    const archive = new DatabaseRequestArchive(database.database, { retentionMs: RETENTION_MS });
    const node = await startRelayNode({ keys: await deriveKeys(randomBytes(32)), archive });
    const executor = await TestExecutor.listen(node.strategy.hub);
    await node.executors.register('42', executor.registration);
    const order: string[] = [];
    const answer = node.relay
      .dispatch({
        userId: '42',
        principal: { kind: 'user', id: '42', label: 'olga' },
        tool: 'run_command',
        server: 'web-1',
        payload: {},
        timeoutSeconds: 60,
      })
      .then(() => order.push('agent'));
    const { id } = await executor.next();
    const taken = node.reports.result('42', aCommandResult({ request_id: id })).then(() => order.push('executor'));
    await Promise.all([answer, taken]);
    expect(order).toEqual(['agent', 'executor']);
    executor.close();
    await node.close();
  });

  it('forgets what ended longer ago than the retention, and nothing that is open', async () => {
    const archive = new DatabaseRequestArchive(database.database, { retentionMs: RETENTION_MS });
    const long_ago = Date.now() - 10 * RETENTION_MS;
    const ended = { state: 'finished', outcome: 'unknown', reason: 'outcome_unknown', message: null } as const;
    const old = aRequestRecord({ createdAt: long_ago, finishedAt: long_ago, ...ended });
    const recent = aRequestRecord({ createdAt: long_ago, finishedAt: Date.now(), ...ended });
    const open = aRequestRecord({ createdAt: long_ago, requestId: randomUUID() });
    await Promise.all([old, recent, open].map((record) => archive.save(record)));
    await archive.purge();
    const kept = await Promise.all([old, recent, open].map(({ requestId }) => archive.get('42', requestId)));
    expect(kept.map((record) => record !== undefined)).toEqual([false, true, true]);
    await archive.close();
  });
});
