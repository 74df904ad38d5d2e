import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { aCommandResult, anExecutorToRegister, temporaryFolder, waitFor } from '@servonaut/testkit';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { aRequestRecord } from '../testing/records.ts';
import { startRelayNode } from '../testing/relay-node.ts';
import { TestExecutor } from '../testing/test-executor.ts';
import { MemoryPendingStore } from './memory-pending-store.ts';
import { RequestJournal } from './request-journal.ts';
import type { RequestRecord } from './request-record.ts';

const RETENTION_MS = 60_000;
const limits = { maxOpenPerUser: 100, retentionMs: RETENTION_MS };
const NO_BOUND = 1024 * 1024 * 1024;

Logger.overrideLogger(false);

let folder: string;
let file: string;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  file = path.join(folder, 'requests.journal');
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close().catch(() => undefined);
});

async function openJournal(maxBytes = NO_BOUND): Promise<RequestJournal> {
  const journal = await RequestJournal.open(folder, { retentionMs: RETENTION_MS, maxBytes });
  opened.push(journal);
  return journal;
}

/** A coordinator's memory over the journal in the folder. */
async function startStore(): Promise<MemoryPendingStore> {
  const store = new MemoryPendingStore({ ...limits, archive: await openJournal() });
  await store.rehydrate();
  opened.unshift(store);
  return store;
}

/** The same after a kill: what was not written is lost, and the folder is another one since the lock of this process holds. */
async function restart(): Promise<MemoryPendingStore> {
  const left = readFileSync(file);
  folder = await temporaryFolder();
  file = path.join(folder, 'requests.journal');
  writeFileSync(file, left);
  return startStore();
}

const ended = (given: Partial<RequestRecord> = {}): RequestRecord =>
  aRequestRecord({
    state: 'finished',
    outcome: 'unknown',
    reason: 'outcome_unknown',
    finishedAt: Date.now(),
    ...given,
  });

const withResult = (given: Partial<RequestRecord> = {}, stdout = 'x'.repeat(1_000)): RequestRecord => {
  const requestId = randomUUID();
  const result = aCommandResult({ request_id: requestId, stdout });
  return ended({ requestId, message: null, outcome: 'succeeded', reason: null, result, ...given });
};

describe('the journal of requests', () => {
  it('has a result as soon as it was taken, with all that output may hold, whenever the process is killed', async () => {
    const store = await startStore();
    const record = aRequestRecord();
    await store.create(record);
    const stdout = 'NUL \0, half a pair \ud800, ü, line\nfeed, "quotes" and \\u0000';
    const result = aCommandResult({ request_id: record.requestId, stdout });
    await store.apply('42', record.requestId, { type: 'result', result });
    const restarted = await restart();
    expect(await restarted.get('42', record.requestId)).toMatchObject({ outcome: 'succeeded', result });
    expect(await restarted.get('43', record.requestId)).toBeUndefined();
    expect((await restarted.apply('42', record.requestId, { type: 'result', result })).kind).toBe('unchanged');
  });

  it('is for the eyes of its owner alone', async () => {
    writeFileSync(file, '', { mode: 0o644 });
    await openJournal();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('has an open request soon, and its result is taken after a restart', async () => {
    const store = await startStore();
    const record = aRequestRecord({ resultWithinMs: 60_000 });
    await store.create(record);
    await store.apply('42', record.requestId, { type: 'acknowledged' });
    await waitFor(() => readFileSync(file, 'utf8').includes('"started"'), { what: 'the write' });
    const restarted = await restart();
    expect(await restarted.open('42')).toMatchObject([{ requestId: record.requestId, state: 'started' }]);
    const result = aCommandResult({ request_id: record.requestId });
    expect((await restarted.apply('42', record.requestId, { type: 'result', result })).kind).toBe('changed');
  });

  it('has everything after a proper stop', async () => {
    const store = await startStore();
    const record = aRequestRecord();
    await store.create(record);
    await store.close();
    expect(await (await startStore()).get('42', record.requestId)).toEqual(record);
  });

  it('ends, after a restart, what came due meanwhile, and lets the result correct it later', async () => {
    const record = aRequestRecord({ createdAt: Date.now() - 1_000_000 });
    writeFileSync(file, `\n${JSON.stringify(record)}`);
    const store = await startStore();
    const end = await new Promise((resolve) => {
      store.watch(record, { onFinished: resolve, onProgress: () => undefined });
    });
    expect(end).toMatchObject({ outcome: 'not_delivered' });
    await store.close();
    const again = await startStore();
    const result = aCommandResult({ request_id: record.requestId });
    await again.apply('42', record.requestId, { type: 'result', result });
    expect(await again.get('42', record.requestId)).toMatchObject({ outcome: 'succeeded' });
  });

  it.each([0, 1, 2, 40, 200])('loses no other record when the last one lacks %i bytes', async (missing) => {
    const journal = await openJournal();
    const [first, last, next] = [withResult(), withResult(), withResult()];
    await journal.save(first);
    await journal.save(last);
    await journal.close();
    truncateSync(file, statSync(file).size - missing);
    const reopened = await openJournal();
    await reopened.save(next);
    await reopened.close();
    const kept = await openJournal();
    expect(await kept.get('42', first.requestId)).toEqual(first);
    expect(await kept.get('42', last.requestId)).toEqual(missing === 0 ? last : undefined);
    expect(await kept.get('42', next.requestId)).toEqual(next);
  });

  it('leaves out what is no record of ours', async () => {
    const record = withResult();
    const strange = { ...withResult(), state: 'dreaming' };
    writeFileSync(file, `\n{"a":1}\nnot JSON\n${JSON.stringify(strange)}\n\n${JSON.stringify(record)}`);
    const journal = await openJournal();
    expect(await journal.get('42', record.requestId)).toEqual(record);
    expect(await journal.get('42', strange.requestId)).toBeUndefined();
  });

  it('does not call a result taken that could not be written, and takes it when it comes again', async () => {
    const store = await startStore();
    const record = aRequestRecord();
    await store.create(record);
    await store.close();
    const result = aCommandResult({ request_id: record.requestId });
    const attempt = store.apply('42', record.requestId, { type: 'result', result });
    await expect(attempt).rejects.toMatchObject({ code: 'unavailable' });
    const restarted = await startStore();
    expect((await restarted.apply('42', record.requestId, { type: 'result', result })).kind).toBe('changed');
    expect(await (await restart()).get('42', record.requestId)).toMatchObject({ result });
  });

  it('writes a result once, however often it comes', async () => {
    const journal = await openJournal();
    const record = withResult();
    await journal.save(record);
    const { size } = statSync(file);
    await journal.save(record);
    expect(statSync(file).size).toBe(size);
  });

  it('answers the agent before it writes', async () => {
    const node = await startRelayNode({ keys: await deriveKeys(randomBytes(32)), archive: await openJournal() });
    const executor = await TestExecutor.listen(node.strategy.hub);
    const holder = { userId: '42', credentialId: 'cred-e1' };
    await node.executors.register(holder, executor.registration);
    const order: string[] = [];
    const call = { tool: 'run_command', server: 'web-1', payload: {}, timeoutSeconds: 60 } as const;
    const answer = node.relay
      .dispatch({ ...call, userId: '42', principal: { kind: 'user', id: '42', label: 'olga' } })
      .then(() => order.push('agent'));
    const { id } = await executor.next();
    const taken = node.reports.result(holder, aCommandResult({ request_id: id })).then(() => order.push('executor'));
    await Promise.all([answer, taken]);
    expect(order).toEqual(['agent', 'executor']);
    executor.close();
    await node.close();
  });

  it('has the result of an executor with a new token wait until that has registered again after a restart', async () => {
    const keys = await deriveKeys(randomBytes(32));
    const [asked, holder] = [
      { userId: '42', credentialId: 'cred-e1' },
      { userId: '42', credentialId: 'cred-e2' },
    ];
    const registration = anExecutorToRegister({ executor_secret: 'S'.repeat(43) });
    const before = await startRelayNode({ keys, archive: await openJournal() });
    const { executorId: executor_id, secretHash } = await before.executors.register(asked, registration);
    const record = aRequestRecord({ executorId: executor_id, executorHolding: { ...asked, secretHash } });
    await before.pending.create(record);
    const { requestId: request_id } = record;
    await before.executors.register(holder, { ...registration, executor_id });
    await before.close();
    const node = await startRelayNode({ keys, archive: await openJournal() });
    const result = { ...aCommandResult({ request_id }), executor_id };
    await expect(node.reports.result(holder, result)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    const unnamed = node.reports.result(holder, aCommandResult({ request_id }));
    await expect(unnamed).rejects.toMatchObject({ code: 'request_unknown' });
    await node.executors.register(holder, { ...registration, executor_id });
    await node.reports.result(holder, result);
    expect(await node.pending.get('42', request_id)).toMatchObject({ outcome: 'succeeded' });
    await node.close();
  });

  it('forgets what ended longer ago than the retention, on the disk too, and nothing that is open', async () => {
    const journal = await openJournal();
    const longAgo = Date.now() - 10 * RETENTION_MS;
    const old = ended({ createdAt: longAgo, finishedAt: longAgo });
    const recent = ended({ createdAt: longAgo });
    const open = aRequestRecord({ createdAt: longAgo });
    const all = [old, recent, open];
    await Promise.all(all.map((record) => journal.save(record)));
    const found = await Promise.all(all.map(({ requestId }) => journal.get('42', requestId)));
    expect(found).toEqual([undefined, recent, open]);
    journal.purge();
    expect(readFileSync(file, 'utf8')).not.toContain(old.requestId);
    expect(await journal.get('42', recent.requestId)).toEqual(recent);
  });

  it('stays below its bound: the oldest of what has ended goes, and nothing that is open', async () => {
    const maxBytes = 40_000;
    const journal = await openJournal(maxBytes);
    const open = aRequestRecord({ resultWithinMs: 60_000 });
    await journal.save(open);
    const all = Array.from({ length: 100 }, () => withResult());
    for (const record of all) {
      await journal.save(record);
      expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
    }
    const found = await Promise.all(all.map(({ requestId }) => journal.get('42', requestId)));
    const firstKept = found.findIndex((record) => record !== undefined);
    expect(firstKept).toBeGreaterThan(0);
    expect(found.slice(firstKept)).toEqual(all.slice(firstKept));
    expect(await journal.open()).toEqual([open]);
    await journal.close();
    expect(await (await openJournal(maxBytes)).get('42', all[99]!.requestId)).toEqual(all[99]);
  });

  it('knows whose requests can be read, written or not', async () => {
    const journal = await openJournal();
    const longAgo = Date.now() - 10 * RETENTION_MS;
    const [kept, unwritten] = [withResult(), aRequestRecord({ userId: '43' })];
    for (const record of [kept, ended({ userId: '7', createdAt: longAgo, finishedAt: longAgo })])
      await journal.save(record);
    journal.saveSoon(unwritten);
    expect([...journal.users()].sort()).toEqual(['42', '43']);
    expect(journal.placesOf('42')).toEqual([{ requestId: kept.requestId, createdAt: kept.createdAt }]);
    expect(journal.placesOf('43')).toHaveLength(1);
  });

  it('is not shared by two coordinators', async () => {
    await openJournal();
    await expect(openJournal()).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('survives a half-written successor that a kill left beside it', async () => {
    const record = withResult();
    writeFileSync(file, `\n${JSON.stringify(record)}`);
    appendFileSync(`${file}.new`, '\n{"half":');
    expect(await (await openJournal()).get('42', record.requestId)).toEqual(record);
  });
});
