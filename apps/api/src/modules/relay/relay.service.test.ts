import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ServonautError, sealHeaderSchema } from '@servonaut/contracts';
import {
  aCommandResult,
  aLegacyCommandResult,
  anExecutorToRegister,
  startRedis,
  waitFor,
  type TestRedis,
} from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { decodeProtectedHeader } from 'jose';
import { deriveKeys, type CoordinatorKeys } from '../../platform/secrets/coordinator-keys.ts';
import type { RelayCall } from './relay-call.ts';
import type { RelayStrategy } from './strategies/relay-strategy.ts';
import { AUDIT_KEY, startRelayNode, type RelayNode, type RelayNodeOptions } from './testing/relay-node.ts';
import { TestExecutor } from './testing/test-executor.ts';

const call: RelayCall = {
  userId: '42',
  principal: { kind: 'credential', id: 'cred-1', label: 'ci-bot', servers: ['web-*', 'any-name'] },
  tool: 'run_command',
  server: 'web-1',
  payload: { command: 'uptime' },
  timeoutSeconds: 60,
};

const holder = { userId: '42', credentialId: 'cred-e1' };

let keys: CoordinatorKeys;
let server: TestRedis;
let redis: Redis;
const cleanups: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  Logger.overrideLogger(['error']);
  keys = await deriveKeys(randomBytes(32));
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function startNode(options: Partial<RelayNodeOptions> = {}): Promise<RelayNode> {
  const node = await startRelayNode({ keys, ...options });
  cleanups.push(() => node.close());
  return node;
}

async function listen(node: RelayNode): Promise<TestExecutor> {
  const executor = await TestExecutor.listen(node.strategy.hub);
  cleanups.push(() => executor.close());
  return executor;
}

async function connect(node: RelayNode): Promise<{ executor: TestExecutor; executorId: string }> {
  const executor = await listen(node);
  const { executorId } = await node.executors.register(holder, executor.registration);
  return { executor, executorId };
}

const ofRequests = ({ events }: RelayNode) => events.filter(({ kind }) => kind.startsWith('call.'));

describe.each([
  ['in memory', {}],
  ['in Redis', () => ({ redis, prefix: randomUUID() })],
])('the relay, with its state %s,', (_, state) => {
  const start = (options: Partial<RelayNodeOptions> = {}) =>
    startNode({ ...(typeof state === 'function' ? state() : state), ...options });

  it('brings a call to the executor, sealed for it, and the result back', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const answer = node.relay.dispatch({ ...call, traceparent: '00-1-2-01' });
    const published = await executor.next();
    expect(JSON.stringify(published)).not.toContain('uptime');
    expect(sealHeaderSchema.parse(decodeProtectedHeader(published.seal ?? '')).aud).toBe(executorId);
    expect(await executor.unseal(published, keys.sealPublicJwk)).toMatchObject({
      user_id: '42',
      type: 'run_command',
      target_server_id: 'web-1',
      payload: { command: 'uptime', timeout_seconds: 60 },
      ttl_seconds: 15,
      executor_id: executorId,
      principal: call.principal,
      traceparent: '00-1-2-01',
    });
    await node.reports.acknowledge(holder, { request_id: published.id, executor_id: executorId });
    const result = aCommandResult({ request_id: published.id });
    await node.reports.result(holder, result);
    expect(await answer).toMatchObject({ requestId: published.id, state: 'finished', outcome: 'succeeded', result });
    expect(await node.relay.getRequest('42', published.id)).toEqual(await answer);
    expect(await node.metrics.metrics()).toContain('servonaut_relay_requests_total{outcome="succeeded"} 1');
  });

  it('puts on record that a request was delivered, started and ended, by whom, and nothing of its output', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const answer = node.relay.dispatch(call);
    const { id } = await executor.next();
    await node.reports.acknowledge(holder, { request_id: id, executor_id: executorId });
    const result = aCommandResult({ request_id: id, stdout: 'hunter2', exit_code: 0 });
    await node.reports.result(holder, result);
    await node.reports.result(holder, result);
    await answer;
    const about = { userId: '42', requestId: id };
    const by = { kind: 'executor', id: executorId };
    const data = { tool: 'run_command', server: 'web-1', executor: executorId };
    expect(ofRequests(node).toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
      { ...about, kind: 'call.delivered', actor: { kind: 'coordinator' }, data: { ...data, hub: 'taken' } },
      {
        ...about,
        kind: 'call.ended',
        actor: by,
        data: {
          ...data,
          outcome: 'succeeded',
          exit_code: 0,
          stdout_digest: createHmac('sha256', AUDIT_KEY).update('hunter2').digest('base64url'),
        },
      },
      { ...about, kind: 'call.started', actor: by, data },
    ]);
    expect(JSON.stringify(node.events)).not.toContain('hunter2');
  });

  it('puts on record who comes to run requests, and who goes', async () => {
    const node = await start();
    const { executorId } = await connect(node);
    await node.executors.heartbeat(holder, { executor_id: executorId, state: 'offline', running: [] });
    await connect(node);
    await node.executors.dismiss({ userId: '42' });
    const actor = { kind: 'executor', id: executorId };
    expect(node.events.filter(({ kind }) => kind.startsWith('executor.'))).toMatchObject([
      { kind: 'executor.connected', userId: '42', actor, data: { executor: executorId, profile: 'prod' } },
      { kind: 'executor.gone', userId: '42', actor, data: { executor: executorId, why: 'left' } },
      { kind: 'executor.connected', userId: '42' },
      { kind: 'executor.gone', actor: { kind: 'coordinator' }, data: { why: 'revoked' } },
    ]);
  });

  it('puts on record that nobody has taken a request, and that it was run after all', async () => {
    const node = await start({ ttlSeconds: 1, ackGraceMs: 1 });
    const { executor, executorId } = await connect(node);
    expect(await node.relay.dispatch(call)).toMatchObject({ outcome: 'not_delivered' });
    const { id } = await executor.next();
    await node.reports.result(holder, aCommandResult({ request_id: id, executor_id: executorId }));
    expect(ofRequests(node).filter(({ kind }) => kind === 'call.ended')).toMatchObject([
      { actor: { kind: 'coordinator', id: null }, data: { outcome: 'not_delivered', reason: 'not_delivered' } },
      { actor: { kind: 'executor' }, data: { outcome: 'succeeded', corrects: 'not_delivered' } },
    ]);
  });

  it('takes the result of a command that was too quick to be acknowledged', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const answer = node.relay.dispatch(call);
    const { id } = await executor.next();
    const result = aCommandResult({ request_id: id });
    await node.reports.result(holder, result);
    expect(await answer).toMatchObject({ requestId: id, state: 'finished', outcome: 'succeeded', result });
    expect(await node.reports.openRequests(holder, executorId)).toEqual([]);
    await expect(node.reports.acknowledge(holder, { request_id: id })).rejects.toMatchObject({
      code: 'request_finished',
    });
  });

  it('says that no executor is connected without waiting until one would have had to start', async () => {
    const node = await start({ ttlSeconds: 3_600 });
    await expect(node.relay.dispatch(call)).rejects.toMatchObject({ code: 'executor_offline' });
  });

  it('hands output over in order while the command runs', async () => {
    const node = await start();
    const { executor } = await connect(node);
    const chunks: string[] = [];
    const answer = node.relay.dispatch({ ...call, onProgress: ({ chunk }) => chunks.push(chunk) });
    const { id } = await executor.next();
    for (const sequence of [1, 0, 0, 2])
      await node.reports.progress(holder, { request_id: id, sequence, stream: 'stdout', chunk: `chunk ${sequence}` });
    await waitFor(() => chunks.length === 3, { what: 'the output' });
    expect(chunks).toEqual(['chunk 0', 'chunk 1', 'chunk 2']);
    expect(await node.relay.getRequest('42', id)).toMatchObject({ state: 'started' });
    await node.reports.result(holder, aCommandResult({ request_id: id }));
    await answer;
  });

  it('waits with the executor for its operator, and says so to the agent and on record', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const waits: (number | null)[] = [];
    const answer = node.relay.dispatch({ ...call, onWaiting: (until) => waits.push(until) });
    const { id } = await executor.next();
    await node.reports.acknowledge(holder, { request_id: id, awaiting_approval_seconds: 600 });
    const waiting = await node.relay.getRequest('42', id);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', approvalUntil: expect.any(String) });
    expect(await node.reports.openRequests(holder, executorId)).toEqual([]);
    await node.reports.acknowledge(holder, { request_id: id });
    expect(await node.relay.getRequest('42', id)).toMatchObject({ state: 'started' });
    const audit_hash = 'h'.repeat(43);
    const policy = { class: 'mutating', rule: 'ask-me' } as const;
    await node.reports.result(holder, aCommandResult({ request_id: id, policy, audit_hash }));
    expect(await answer).toMatchObject({ outcome: 'succeeded' });
    expect(waits).toEqual([Date.parse(waiting.approvalUntil!), null]);
    const kept = { policy_class: 'mutating', rule: 'ask-me', executor_audit_hash: audit_hash };
    const about = ofRequests(node).filter(({ kind }) => kind !== 'call.delivered');
    expect(about).toMatchObject([
      { kind: 'call.awaits_approval', data: { executor: executorId, until: waiting.approvalUntil } },
      { kind: 'call.started' },
      { kind: 'call.ended', data: kept },
    ]);
  });

  it('cancels: the agent is answered, the executor is told, and whoever starts it late is stopped', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const agent = new AbortController();
    const answer = node.relay.dispatch({ ...call, signal: agent.signal });
    const { id } = await executor.next();
    agent.abort();
    expect(await answer).toMatchObject({ outcome: 'cancelled', error: { code: 'request_cancelled' } });
    const told = await executor.unseal(await executor.next(), keys.sealPublicJwk);
    expect(told).toMatchObject({ type: 'cancel_request', executor_id: executorId, payload: { request_id: id } });
    await expect(node.reports.acknowledge(holder, { request_id: id })).rejects.toMatchObject({
      code: 'request_cancelled',
    });
  });

  it('cancels what a revoked credential has open, and nothing else of its user', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const answer = node.relay.dispatch(call);
    const { id } = await executor.next();
    await node.reports.acknowledge(holder, { request_id: id });
    const other = node.relay.dispatch({ ...call, principal: { ...call.principal, id: 'cred-2' } });
    const { id: otherId } = await executor.next();
    node.revocations.announce({ userId: '42', credentialId: 'cred-1' });
    const revoked = { outcome: 'cancelled', error: { code: 'token_revoked' } };
    expect(await answer).toMatchObject(revoked);
    const told = await executor.unseal(await executor.next(), keys.sealPublicJwk);
    expect(told).toMatchObject({ type: 'cancel_request', executor_id: executorId, payload: { request_id: id } });
    const stopped = { request_id: id, status: 'error', error_code: 'request_cancelled', exit_code: null } as const;
    await node.reports.result(holder, aCommandResult(stopped));
    expect(await node.relay.getRequest('42', id)).toMatchObject(revoked);
    await node.reports.result(holder, aCommandResult({ request_id: otherId }));
    expect((await other).outcome).toBe('succeeded');
    expect(executor.requests).toEqual([]);
  });

  it('cancels all that a disabled user has open, and what became a request just then', async () => {
    const node = await start();
    const { executor } = await connect(node);
    const before = node.relay.dispatch(call);
    await executor.next();
    node.revocations.announce({ userId: '43' });
    node.revocations.announce({ userId: '42' });
    const after = node.relay.dispatch({ ...call, principal: { ...call.principal, kind: 'user', id: '42' } });
    for (const answer of [before, after])
      expect(await answer).toMatchObject({ outcome: 'cancelled', error: { code: 'token_revoked' } });
  });

  it("cancels what users ask of others' executors when the delegation ends, for all or for one, or they lose the right to ask", async () => {
    const node = await start({ grantorsOf: async (userId) => (userId === '42' ? [] : ['42']) });
    const { executor } = await connect(node);
    const through = (id: string, callerId: string) => ({
      delegation: { id, callerId, callerName: `user-${callerId}`, ownerName: 'olga' },
      principal: { kind: 'credential', id: `cred-of-${callerId}`, label: 'bot' } as const,
    });
    const ask = async (id: string, callerId: string) => {
      const answer = node.relay.dispatch({ ...call, ...through(id, callerId) });
      return { answer, id: (await executor.next()).id };
    };
    const asked = [await ask('d1', '43'), await ask('d2', '43'), await ask('d2', '44'), await ask('d3', '44')] as const;
    const own = node.relay.dispatch(call);
    const { id: ownId } = await executor.next();
    const stopped = async () => (await executor.unseal(await executor.next(), keys.sealPublicJwk)).payload;
    const ended = { outcome: 'cancelled', error: { code: 'delegation_ended' } };

    node.revocations.announce({ userId: '42', credentialId: 'd1' });
    expect(await asked[0].answer).toMatchObject({ ...ended, delegation: { id: 'd1', callerId: '43' } });
    expect(await stopped()).toEqual({ request_id: asked[0].id });
    node.revocations.announce({ userId: '42', credentialId: 'd2', callerId: '44' });
    expect(await asked[2].answer).toMatchObject(ended);
    expect(await stopped()).toEqual({ request_id: asked[2].id });
    node.revocations.announce({ userId: '43', credentialId: 'cred-of-43' });
    expect(await asked[1].answer).toMatchObject({ outcome: 'cancelled', error: { code: 'token_revoked' } });
    expect(await stopped()).toEqual({ request_id: asked[1].id });
    node.revocations.announce({ userId: '43' });
    node.revocations.announce({ userId: '44' });
    expect(await asked[3].answer).toMatchObject({ outcome: 'cancelled', error: { code: 'token_revoked' } });
    expect(await stopped()).toEqual({ request_id: asked[3].id });
    await node.reports.result(holder, aCommandResult({ request_id: ownId }));
    expect((await own).outcome).toBe('succeeded');
  });

  it('is on record for both when one user asks for it on the executor of another', async () => {
    const node = await start();
    const { executor } = await connect(node);
    const delegation = { id: 'd1', callerId: '43', callerName: 'boris', ownerName: 'olga' };
    const answer = node.relay.dispatch({ ...call, delegation });
    const { id } = await executor.next();
    await node.reports.result(holder, aCommandResult({ request_id: id }));
    expect(await answer).toMatchObject({ outcome: 'succeeded', delegation });
    const ofCall = node.events.filter(({ kind }) => kind.startsWith('call.'));
    expect(ofCall.map(({ kind, userId }) => [kind, userId])).toEqual([
      ['call.delivered', '42'],
      ['call.delivered', '43'],
      ['call.ended', '42'],
      ['call.ended', '43'],
    ]);
    for (const { userId, data } of ofCall)
      expect(data).toMatchObject(
        userId === '42'
          ? { server: 'web-1', delegation: 'd1', caller: { id: '43', name: 'boris' } }
          : { server: 'olga/web-1', delegation: 'd1', owner: { id: '42', name: 'olga' } },
      );
  });

  it('publishes nothing for a call that was cancelled before', async () => {
    const node = await start();
    const { executor } = await connect(node);
    expect(await node.relay.dispatch({ ...call, signal: AbortSignal.abort() })).toMatchObject({ outcome: 'cancelled' });
    const answer = node.relay.dispatch({ ...call, payload: { command: 'second' } });
    const first = await executor.unseal(await executor.next(), keys.sealPublicJwk);
    expect(first.payload['command']).toBe('second');
    await node.reports.result(holder, aCommandResult({ request_id: first.id }));
    await answer;
  });

  it('says that nobody confirmed a request, and corrects that by the result', async () => {
    const node = await start({ ttlSeconds: 1, ackGraceMs: 50 });
    const { executor } = await connect(node);
    const answer = await node.relay.dispatch(call);
    expect(answer).toMatchObject({ outcome: 'not_delivered', error: { code: 'not_delivered', retryable: true } });
    const { id } = await executor.next();
    await expect(node.reports.acknowledge(holder, { request_id: id })).rejects.toMatchObject({
      code: 'request_expired',
    });
    await node.reports.result(holder, aCommandResult({ request_id: id }));
    expect(await node.relay.getRequest('42', id)).toMatchObject({ outcome: 'succeeded' });
  });

  it('says that it does not know what became of a command whose executor fell silent', async () => {
    const node = await start({ heartbeatIntervalMs: 100 });
    const { executor, executorId } = await connect(node);
    const answer = node.relay.dispatch(call);
    const { id } = await executor.next();
    await node.reports.acknowledge(holder, { request_id: id, executor_id: executorId });
    expect(await answer).toMatchObject({ outcome: 'unknown', error: { code: 'outcome_unknown' } });
    await expect(node.relay.dispatch(call)).rejects.toMatchObject({
      code: 'executor_offline',
      facts: { profile: 'prod' },
    });
  });

  it('gives up at once what a leaving executor does not run', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const answers = [node.relay.dispatch(call), node.relay.dispatch(call)];
    const [running, waiting] = [await executor.next(), await executor.next()];
    await node.reports.acknowledge(holder, { request_id: running.id });
    await node.executors.heartbeat(holder, { executor_id: executorId, state: 'offline', running: [running.id] });
    expect(await Promise.race(answers)).toMatchObject({ requestId: waiting.id, outcome: 'not_delivered' });
    await node.reports.result(holder, aCommandResult({ request_id: running.id }));
    const outcomes = (await Promise.all(answers)).map(({ requestId, outcome }) => [requestId, outcome]);
    expect(outcomes).toContainEqual([running.id, 'succeeded']);
  });

  it('lists what an executor may have missed, as it was published, until it is acknowledged', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const answer = node.relay.dispatch(call);
    const published = await executor.next();
    expect(await node.reports.openRequests(holder, executorId)).toEqual([published]);
    const strangers = [
      { ...holder, userId: '43' },
      { ...holder, credentialId: 'cred-e2' },
    ];
    for (const stranger of strangers)
      await expect(node.reports.openRequests(stranger, executorId)).rejects.toMatchObject({ code: 'executor_unknown' });
    await node.reports.acknowledge(holder, { request_id: published.id });
    expect(await node.reports.openRequests(holder, executorId)).toEqual([]);
    await node.reports.result(holder, aCommandResult({ request_id: published.id }));
    await answer;
  });

  it("keeps a user's requests out of reach of any other user", async () => {
    const node = await start();
    const { executor } = await connect(node);
    const answer = node.relay.dispatch(call);
    const { id } = await executor.next();
    const unknown = { code: 'request_unknown' };
    await expect(node.reports.acknowledge({ ...holder, userId: '43' }, { request_id: id })).rejects.toMatchObject(
      unknown,
    );
    await expect(
      node.reports.result({ ...holder, userId: '43' }, aCommandResult({ request_id: id })),
    ).rejects.toMatchObject(unknown);
    const progress = { request_id: id, sequence: 0, stream: 'stdout', chunk: 'x' } as const;
    await expect(node.reports.progress({ ...holder, userId: '43' }, progress)).rejects.toMatchObject(unknown);
    await expect(node.relay.getRequest('43', id)).rejects.toMatchObject(unknown);
    await expect(node.relay.getRequest('42', 'no id at all')).rejects.toMatchObject(unknown);
    await node.reports.result(holder, aCommandResult({ request_id: id }));
    expect((await answer).outcome).toBe('succeeded');
  });

  it('takes reports of an executor from the credential that registered it alone, and in no other name', async () => {
    const node = await start();
    const { executor, executorId } = await connect(node);
    const other = { userId: '42', credentialId: 'cred-e2' };
    const elsewhere = anExecutorToRegister({ profile: 'other', manifest: { tools: [], servers: [] } });
    const { executorId: otherId } = await node.executors.register(other, elsewhere);
    const answer = node.relay.dispatch(call);
    const { id: request_id } = await executor.next();
    const progress = { request_id, sequence: 0, stream: 'stdout', chunk: 'x' } as const;
    for (const [by, executor_id] of [
      [other, undefined],
      [other, executorId],
      [other, otherId],
      [holder, otherId],
    ] as const)
      for (const report of [
        node.reports.acknowledge(by, { request_id, executor_id }),
        node.reports.progress(by, { ...progress, executor_id }),
        node.reports.result(by, { ...aCommandResult({ request_id }), executor_id }),
      ])
        await expect(report).rejects.toMatchObject({ code: 'request_unknown' });
    expect(await node.relay.getRequest('42', request_id)).not.toMatchObject({ state: 'started' });
    await node.reports.acknowledge(holder, { request_id, executor_id: executorId });
    await expect(node.reports.progress(other, progress)).rejects.toMatchObject({ code: 'request_unknown' });
    const result = aCommandResult({ request_id });
    await node.reports.result(holder, { ...result, executor_id: executorId });
    expect((await answer).result).toEqual(result);
    await node.reports.result(holder, result);
  });

  it('takes the reports of an executor whose token was replaced, if it shows its secret', async () => {
    const node = await start();
    const executor = await listen(node);
    const registration = { ...executor.registration, executor_secret: randomBytes(32).toString('base64url') };
    const { executorId: executor_id } = await node.executors.register(holder, registration);
    const answer = node.relay.dispatch(call);
    const { id: request_id } = await executor.next();
    const successor = { ...holder, credentialId: 'cred-e2' };
    const withoutSecret = { ...executor.registration, executor_id };
    expect((await node.executors.register(successor, withoutSecret)).executorId).not.toBe(executor_id);
    await expect(node.reports.acknowledge(successor, { request_id })).rejects.toMatchObject({
      code: 'request_unknown',
    });
    await node.executors.register(successor, { ...registration, executor_id });
    await node.reports.acknowledge(successor, { request_id, executor_id });
    await node.reports.progress(successor, { request_id, sequence: 0, stream: 'stdout', chunk: 'x' });
    await node.reports.result(successor, aCommandResult({ request_id }));
    expect((await answer).outcome).toBe('succeeded');
  });

  it('takes no report from whoever knows the id of an executor, but not its secret', async () => {
    const node = await start();
    const executor = await listen(node);
    const registration = { ...executor.registration, executor_secret: randomBytes(32).toString('base64url') };
    const { executorId: executor_id } = await node.executors.register(holder, registration);
    const answer = node.relay.dispatch(call);
    const { id: request_id } = await executor.next();
    const thief = { ...holder, credentialId: 'cred-e2' };
    const stolen = { ...registration, executor_id, executor_secret: randomBytes(32).toString('base64url') };
    expect((await node.executors.register(thief, stolen)).executorId).not.toBe(executor_id);
    await expect(node.reports.openRequests(thief, executor_id)).rejects.toMatchObject({ code: 'executor_unknown' });
    for (const named of [{}, { executor_id }])
      await expect(node.reports.result(thief, { ...aCommandResult({ request_id }), ...named })).rejects.toMatchObject({
        code: 'request_unknown',
      });
    await node.reports.result(holder, aCommandResult({ request_id }));
    expect((await answer).outcome).toBe('succeeded');
  });

  it('serves an older executor: in the clear, without acknowledgement, with five fields', async () => {
    const node = await start();
    const executor = await listen(node);
    await node.executors.legacyHeartbeat(holder, { type: 'cli.handshake', client_id: 'laptop', version: '2.1' });
    const answer = node.relay.dispatch({ ...call, server: 'any-name' });
    const published = await executor.next();
    expect(published).toMatchObject({
      payload: { command: 'uptime', timeout_seconds: 60 },
      target_server_id: 'any-name',
    });
    expect(Object.keys(published)).not.toEqual(expect.arrayContaining(['seal']));
    const result = aLegacyCommandResult({ request_id: published.id, output: 'up 3 days' });
    const other = { ...holder, credentialId: 'cred-e2' };
    await node.executors.legacyHeartbeat(other, { type: 'cli.handshake', client_id: 'laptop', version: '2.1' });
    await expect(node.reports.result(other, result)).rejects.toMatchObject({ code: 'request_unknown' });
    await node.reports.result(holder, result);
    expect(await answer).toMatchObject({ outcome: 'succeeded', result: { output: 'up 3 days' } });
  });
});

describe('a hub that fails', () => {
  const failing = (publish: RelayStrategy['publish']): RelayStrategy => ({
    name: 'mercure',
    hub: { hubUrl: 'http://127.0.0.1:1/', subscriberKey: new Uint8Array(32) },
    publish,
    check: async () => undefined,
    close: async () => undefined,
  });

  it('makes the call fail at once, and the record says that nothing was run', async () => {
    const ids: string[] = [];
    const strategy = failing(async (_, { id }) => {
      ids.push(id);
      throw new ServonautError('relay_unavailable');
    });
    const node = await startNode({ strategy });
    await node.executors.register(holder, (await listen(await startNode())).registration);
    await expect(node.relay.dispatch(call)).rejects.toMatchObject({ code: 'relay_unavailable' });
    expect(await node.relay.getRequest('42', ids[0] ?? '')).toMatchObject({
      outcome: 'not_delivered',
      error: { code: 'relay_unavailable' },
    });
  });

  it('does not make the call fail when the executor may have the request all the same', async () => {
    const ids: string[] = [];
    const strategy = failing(async (_, { id }) => {
      ids.push(id);
      return 'uncertain';
    });
    const node = await startNode({ strategy });
    await node.executors.register(holder, (await listen(await startNode())).registration);
    const answer = node.relay.dispatch(call);
    await waitFor(() => ids.length === 1, { what: 'the publication' });
    await node.reports.result(holder, aCommandResult({ request_id: ids[0] ?? '' }));
    expect((await answer).outcome).toBe('succeeded');
  });
});

describe('two coordinators on one Redis', () => {
  it('are one: the call enters one, the executor listens at the other and answers there', async () => {
    const shared = { redis, prefix: randomUUID() };
    const [here, there] = [await startNode(shared), await startNode(shared)];
    const { executor } = await connect(there);
    const chunks: string[] = [];
    const answer = here.relay.dispatch({ ...call, onProgress: ({ chunk }) => chunks.push(chunk) });
    const { id } = await executor.next();
    await there.reports.acknowledge(holder, { request_id: id });
    await there.reports.progress(holder, { request_id: id, sequence: 0, stream: 'stdout', chunk: 'hi' });
    await there.reports.result(holder, aCommandResult({ request_id: id }));
    expect(await answer).toMatchObject({ outcome: 'succeeded' });
    expect(chunks).toEqual(['hi']);
  });

  it('end a call at one when the other hears that its token is revoked', async () => {
    const shared = { redis, prefix: randomUUID() };
    const [here, there] = [await startNode(shared), await startNode(shared)];
    const { executor } = await connect(there);
    const answer = here.relay.dispatch(call);
    const { id } = await executor.next();
    there.revocations.announce({ userId: '42', credentialId: 'cred-1' });
    expect(await answer).toMatchObject({ outcome: 'cancelled', error: { code: 'token_revoked' } });
    expect((await executor.unseal(await executor.next(), keys.sealPublicJwk)).payload).toEqual({ request_id: id });
  });

  it('keep a deadline although the one that set it is gone', async () => {
    const shared = { redis, prefix: randomUUID(), ttlSeconds: 1, ackGraceMs: 0 };
    const [dying, surviving] = [await startNode(shared), await startNode(shared)];
    const { executor } = await connect(surviving);
    void dying.relay.dispatch(call);
    const { id } = await executor.next();
    await dying.pending.close();
    await waitFor(async () => (await surviving.relay.getRequest('42', id)).state === 'finished', {
      what: 'the deadline',
    });
    expect(await surviving.relay.getRequest('42', id)).toMatchObject({ outcome: 'not_delivered' });
  });
});

describe('a Redis that goes away', () => {
  it('makes calls fail in a bounded time, and the relay works again when it is back', async () => {
    const own = await startRedis();
    const connection = new Redis(own.url, { maxRetriesPerRequest: null });
    connection.on('error', () => undefined);
    cleanups.push(
      () => own.stop(),
      () => connection.disconnect(),
    );
    const node = await startNode({ redis: connection, prefix: randomUUID() });
    await connect(node);
    await own.kill();
    await expect(node.relay.dispatch(call)).rejects.toMatchObject({ code: 'unavailable' });
    await own.restart();
    await waitFor(() => node.strategy.check().then(() => true), { what: 'the bridge' });
    const { executor } = await connect(node);
    const answer = node.relay.dispatch(call);
    const { id } = await executor.next();
    await node.reports.result(holder, aCommandResult({ request_id: id }));
    expect((await answer).outcome).toBe('succeeded');
  });
});
