import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { ExecutorHashes } from './executor-hashes.ts';

const at = '2026-11-22T10:00:00.000Z';
const request_id = randomUUID();
const told = { outcome: 'succeeded', executor: randomUUID(), executor_audit_hash: 'h'.repeat(43) };

it.each([
  ['of a call on an executor of the user', JSON.stringify({ at, request_id, data: { server: 'web-1', ...told } }), 1],
  [
    "of what the user has asked of somebody else's",
    JSON.stringify({ at, request_id, data: { owner: {}, ...told } }),
    0,
  ],
  ['that no executor has told', JSON.stringify({ at, request_id, data: { outcome: 'unknown' } }), 0],
  ['that is none any more', JSON.stringify({ at, request_id, data: { ...told, executor_audit_hash: '<b>' } }), 0],
  ['of a record that is none any more', '{"at":', 0],
])('shows the hash %s, or does not', async (_, body, count) => {
  const rows = [{ chain: 'user:42', seq: 7, at: new Date(at), body, hash: '' }];
  const asked: unknown[] = [];
  const ofKind = (...of: unknown[]) => {
    asked.push(of);
    return Promise.resolve(rows);
  };
  const { hashes, next } = await new ExecutorHashes({ ofKind } as never).page('42', { after: 3, limit: 1 });
  expect(asked).toEqual([['user:42', 'call.ended', { after: 3, limit: 2 }]]);
  expect([hashes.length, next]).toEqual([count, undefined]);
});
