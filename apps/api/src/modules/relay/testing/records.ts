import { randomUUID } from 'node:crypto';
import { aCommandRequest } from '@servonaut/testkit';
import type { ExecutorPresence, ExecutorRecord } from '../executors/executor-record.ts';
import type { RequestRecord } from '../pending/request-record.ts';

/** A queued request of user 42, created at `createdAt`: 17 s to be acknowledged, 70 s from start to result. */
export function aRequestRecord(given: Partial<RequestRecord> = {}): RequestRecord {
  const requestId = given.requestId ?? randomUUID();
  const createdAt = given.createdAt ?? Date.now();
  return {
    requestId,
    userId: '42',
    principal: { kind: 'credential', id: 'cred-1' },
    delegation: null,
    executorId: 'e1',
    executorHolding: { userId: '42', credentialId: 'cred-e1', secretHash: null },
    tool: 'run_command',
    server: 'web-1',
    node: 'this process',
    message: aCommandRequest({ id: requestId }),
    acknowledges: true,
    createdAt,
    publishedAt: null,
    approvalUntil: null,
    startedAt: null,
    finishedAt: null,
    ackBy: createdAt + 17_000,
    resultWithinMs: 70_000,
    state: 'queued',
    outcome: null,
    reason: null,
    result: null,
    version: 0,
    ...given,
  };
}

/** An executor of user 42 with one tool and one server, registered at the epoch of the test. */
export function anExecutorRecord(given: Partial<ExecutorRecord> = {}): ExecutorRecord {
  return {
    executorId: randomUUID(),
    userId: '42',
    credentialId: 'cred-e1',
    secretHash: null,
    profile: 'prod',
    version: '0.1.0',
    manifest: { tools: [aTool('run_command')], servers: [{ name: 'web-1', labels: {} }] },
    publicKey: null,
    registeredAt: 1_000,
    ...given,
  };
}

export function aPresence(given: Partial<ExecutorPresence> = {}): ExecutorPresence {
  return { state: 'online', lastSeenAt: 1_000, running: [], ...given };
}

export function aTool(name: string) {
  return {
    name,
    title: name,
    description: name,
    target: 'server',
    effect: 'read-only',
    input_schema: { type: 'object', properties: {} },
    idempotent: false,
  } as const;
}
