import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  executorRegistrationSchema,
  executorStatusSchema,
  EXECUTOR_PATHS,
  EXECUTOR_HASHES_PATH,
  executorHashesSchema,
  heartbeatAnswerSchema,
  identitySchema,
  mercureTokenSchema,
  openRequestsSchema,
  problemSchema,
} from '@servonaut/contracts';
import { aCommandResult, aLegacyCommandResult } from '@servonaut/testkit';
import type { RelayCall } from './relay-call.ts';
import { Relay } from './relay.ts';
import { startRelayApp, type RelayApp } from './testing/relay-app.ts';
import { TestExecutor } from './testing/test-executor.ts';

let app: RelayApp;
let owner: { userId: string; token: string };
let stranger: { userId: string; token: string };
let agent: { userId: string; token: string };
let executor: TestExecutor;
let executorId: string;

beforeAll(async () => {
  app = await startRelayApp();
  owner = await app.newUser('olga', ['relay:connect']);
  stranger = await app.newUser('boris', ['relay:connect']);
  agent = await app.newUser('ci-bot', ['mcp:tools']);
  const { body: hub } = await call('GET', EXECUTOR_PATHS.mercureToken);
  const facts = { hubUrl: mercureTokenSchema.parse(hub).hub_url };
  executor = await TestExecutor.listen({ ...facts, token: () => subscriberToken() }, owner.userId);
  executorId = executorRegistrationSchema.parse((await register()).body).executor_id;
}, 60_000);

afterAll(async () => {
  executor.close();
  await app.close();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(method: string, path: string, body?: unknown, { token } = owner): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${app.url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const subscriberToken = async (): Promise<string> =>
  mercureTokenSchema.parse((await call('GET', EXECUTOR_PATHS.mercureToken)).body).token;
const register = (given: object = {}, by = owner) =>
  call('POST', EXECUTOR_PATHS.register, { ...executor.registration, ...given }, by);
const codeOf = ({ body }: Answer) => problemSchema.parse(body).code;

const dispatch = (given: Partial<RelayCall> = {}) =>
  app.app.get(Relay).dispatch({
    userId: owner.userId,
    principal: { kind: 'credential', id: 'c', label: 'ci-bot' },
    tool: 'run_command',
    server: 'web-1',
    payload: { command: 'uptime' },
    timeoutSeconds: 60,
    ...given,
  });

describe('registering', () => {
  it('answers all that an executor needs in order to listen', async () => {
    const registration = executorRegistrationSchema.parse((await register({ executor_id: executorId })).body);
    expect(registration).toMatchObject({
      executor_id: executorId,
      user_id: owner.userId,
      hub_url: `${app.url}/.well-known/mercure`,
      hub_protocol: '0.x',
      topic: `/cli/${owner.userId}/commands`,
      heartbeat_interval_seconds: 30,
    });
    const identity = identitySchema.parse((await call('GET', EXECUTOR_PATHS.identity)).body);
    expect(identity).toMatchObject({ user_id: owner.userId, user_name: 'olga', keys: registration.keys });
    expect(identity.version).toMatch(/^\d+\.\d+\.\d+/);
    const { body } = await call('GET', EXECUTOR_PATHS.mercureToken);
    expect(mercureTokenSchema.parse(body)).toMatchObject({ hub_url: registration.hub_url, hub_protocol: '0.x' });
  });

  it("gives an id of its own to whoever comes with another user's", async () => {
    const { body } = await register({ executor_id: executorId }, stranger);
    expect(executorRegistrationSchema.parse(body).executor_id).not.toBe(executorId);
  });

  it.each([
    ['a private key', { public_key: { kty: 'OKP', crv: 'X25519', x: 'a'.repeat(43), d: 'b'.repeat(43) } }],
    ['the address of a server', { manifest: { tools: [], servers: [{ name: 'web-1', host: '192.0.2.7' }] } }],
    ['no profile', { profile: undefined }],
  ])('is refused with %s', async (_, given) => {
    const answer = await register(given);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request']);
  });
});

describe('every executor endpoint', () => {
  it.each([
    ['POST', EXECUTOR_PATHS.register],
    ['GET', EXECUTOR_PATHS.identity],
    ['GET', EXECUTOR_PATHS.mercureToken],
    ['POST', EXECUTOR_PATHS.heartbeat],
    ['GET', EXECUTOR_PATHS.status],
    ['GET', EXECUTOR_PATHS.openRequests],
    ['POST', EXECUTOR_PATHS.ack],
    ['POST', EXECUTOR_PATHS.progress],
    ['POST', EXECUTOR_PATHS.result],
    ['POST', `${EXECUTOR_PATHS.result}/${randomUUID()}`],
  ])('%s %s needs the scope relay:connect', async (method, path) => {
    const refused = await call(method, path, method === 'POST' ? {} : undefined, agent);
    expect([refused.status, codeOf(refused)]).toEqual([403, 'insufficient_scope']);
  });
});

describe('presence', () => {
  it('is kept by heartbeats and shown to its own user', async () => {
    const beat = await call('POST', EXECUTOR_PATHS.heartbeat, { executor_id: executorId, running: [randomUUID()] });
    expect(heartbeatAnswerSchema.parse(beat.body).heartbeat_interval_seconds).toBe(30);
    const { executors } = executorStatusSchema.parse((await call('GET', EXECUTOR_PATHS.status)).body);
    expect(executors).toMatchObject([{ executor_id: executorId, state: 'online', servers: 1, tools: 1, running: 1 }]);
    const others = executorStatusSchema.parse((await call('GET', EXECUTOR_PATHS.status, undefined, stranger)).body);
    expect(others.executors.map(({ executor_id }) => executor_id)).not.toContain(executorId);
  });

  it('is nobody else’s to change', async () => {
    const answer = await call(
      'POST',
      EXECUTOR_PATHS.heartbeat,
      { executor_id: executorId, state: 'offline' },
      stranger,
    );
    expect([answer.status, codeOf(answer)]).toEqual([404, 'executor_unknown']);
    const open = await call('GET', `${EXECUTOR_PATHS.openRequests}?executor_id=${executorId}`, undefined, stranger);
    expect([open.status, codeOf(open)]).toEqual([404, 'executor_unknown']);
  });

  it('is taken from older executors in their own words', async () => {
    const olderOwner = await app.newUser('older', ['relay:connect']);
    for (const type of ['cli.handshake', 'cli.heartbeat']) {
      const body = { type, version: '2.1', client_id: 'laptop', capabilities: [], providers_configured: [] };
      expect((await call('POST', EXECUTOR_PATHS.heartbeat, body, olderOwner)).status).toBe(200);
    }
    const { executors } = executorStatusSchema.parse(
      (await call('GET', EXECUTOR_PATHS.status, undefined, olderOwner)).body,
    );
    expect(executors).toMatchObject([{ state: 'online', version: '2.1', servers: 0 }]);
  });
});

describe('a request', () => {
  it('goes out over the hub and comes back over HTTP', async () => {
    const chunks: string[] = [];
    const answer = dispatch({ onProgress: ({ chunk }) => chunks.push(chunk) });
    const published = await executor.next();
    const open = await call('GET', `${EXECUTOR_PATHS.openRequests}?executor_id=${executorId}`);
    expect(openRequestsSchema.parse(open.body).requests).toEqual([published]);
    const request_id = published.id;
    const ack = await call('POST', EXECUTOR_PATHS.ack, { request_id, executor_id: executorId });
    expect(ack).toEqual({ status: 200, body: { accepted: true } });
    await call('POST', EXECUTOR_PATHS.progress, { request_id, sequence: 0, stream: 'stdout', chunk: 'up' });
    const result = aCommandResult({ request_id });
    expect(await call('POST', EXECUTOR_PATHS.result, result)).toEqual({ status: 200, body: { accepted: true } });
    expect(await answer).toMatchObject({ outcome: 'succeeded', result });
    expect(chunks).toEqual(['up']);
  });

  it('takes the same result twice, refuses a different one and a late acknowledgement', async () => {
    const answer = dispatch();
    const { id } = await executor.next();
    const result = aCommandResult({ request_id: id });
    for (const _ of [1, 2]) expect((await call('POST', EXECUTOR_PATHS.result, result)).status).toBe(200);
    const other = await call('POST', EXECUTOR_PATHS.result, { ...result, output: 'something else' });
    expect([other.status, codeOf(other)]).toEqual([409, 'result_conflict']);
    const ack = await call('POST', EXECUTOR_PATHS.ack, { request_id: id });
    expect([ack.status, codeOf(ack)]).toEqual([409, 'request_finished']);
    expect((await answer).result).toEqual(result);
  });

  it('keeps the hash of its end in the audit of its executor, for its own user to read page by page', async () => {
    const ids: string[] = [];
    const asked = [
      { audit_hash: 'a'.repeat(43) },
      {},
      { audit_hash: 'b'.repeat(43), status: 'rejected', error_code: 'approval_declined' },
    ] as const;
    for (const given of asked) {
      const answer = dispatch();
      const { id } = await executor.next();
      ids.push(id);
      await call('POST', EXECUTOR_PATHS.result, aCommandResult({ request_id: id, ...given }));
      await answer;
    }
    const found: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await call('GET', `${EXECUTOR_HASHES_PATH}?limit=1${cursor && `&cursor=${cursor}`}`);
      const { executor_hashes: hashes, next_cursor } = executorHashesSchema.parse(page.body);
      found.push(...hashes);
      cursor = next_cursor;
    }
    expect(found).toMatchObject([
      { request_id: ids[0], outcome: 'succeeded', executor_id: executorId, executor_audit_hash: 'a'.repeat(43) },
      { request_id: ids[2], outcome: 'rejected', executor_id: executorId, executor_audit_hash: 'b'.repeat(43) },
    ]);
    const others = await call('GET', EXECUTOR_HASHES_PATH, undefined, stranger);
    expect(others.body).toEqual({ executor_hashes: [], next_cursor: null });
    expect((await call('GET', EXECUTOR_HASHES_PATH, undefined, agent)).status).toBe(403);
  });

  it('is answered by an older executor with five fields at its own address', async () => {
    const answer = dispatch();
    const { id } = await executor.next();
    const { request_id: _, ...rest } = aLegacyCommandResult({
      request_id: id,
      status: 'error',
      error_message: 'no such file',
    });
    expect((await call('POST', `${EXECUTOR_PATHS.result}/${id}`, rest)).status).toBe(200);
    expect(await answer).toMatchObject({ outcome: 'failed', error: { code: 'tool_failed', message: 'no such file' } });
  });

  it('is unknown to every other user, whatever they send', async () => {
    const answer = dispatch();
    const { id: request_id } = await executor.next();
    const attempts = await Promise.all([
      call('POST', EXECUTOR_PATHS.ack, { request_id }, stranger),
      call('POST', EXECUTOR_PATHS.progress, { request_id, sequence: 0, stream: 'stdout', chunk: 'x' }, stranger),
      call('POST', EXECUTOR_PATHS.result, aCommandResult({ request_id }), stranger),
      call('POST', EXECUTOR_PATHS.result, aCommandResult(), stranger),
    ]);
    for (const attempt of attempts) expect([attempt.status, codeOf(attempt)]).toEqual([404, 'request_unknown']);
    await call('POST', EXECUTOR_PATHS.result, aCommandResult({ request_id, output: 'the true one' }));
    expect((await answer).result?.output).toBe('the true one');
  });

  it.each([
    ['another id than its address', `${EXECUTOR_PATHS.result}/${randomUUID()}`, aCommandResult()],
    ['no id that could be one', `${EXECUTOR_PATHS.result}/42`, aCommandResult()],
    ['a status that is none', EXECUTOR_PATHS.result, { ...aCommandResult(), status: 'done' }],
    ['nothing', EXECUTOR_PATHS.result, {}],
  ])('is not answered by a result with %s', async (_, path, body) => {
    const refused = await call('POST', path, body);
    expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_request']);
  });
});

describe('the embedded hub', () => {
  it("gives nobody another user's topic", async () => {
    const { body } = await call('GET', EXECUTOR_PATHS.mercureToken, undefined, stranger);
    const { token, topic } = mercureTokenSchema.parse(body);
    expect(topic).toBe(`/cli/${stranger.userId}/commands`);
    const eavesdropper = await TestExecutor.listen(
      { hubUrl: `${app.url}/.well-known/mercure`, token: async () => token },
      owner.userId,
    );
    const answer = dispatch();
    const { id: request_id } = await executor.next();
    await call('POST', EXECUTOR_PATHS.result, aCommandResult({ request_id }));
    await answer;
    expect(eavesdropper.requests).toEqual([]);
    eavesdropper.close();
  });

  it('asks for a token of its own', async () => {
    const answer = await fetch(`${app.url}/.well-known/mercure?topic=/cli/${owner.userId}/commands`, {
      headers: { authorization: `Bearer ${owner.token}` },
    });
    expect(answer.status).toBe(401);
  });
});

describe('a coordinator that refuses older executors', () => {
  it('tells them to upgrade, whatever they begin with', async () => {
    const strict = await startRelayApp({ SERVONAUT_LEGACY_EXECUTORS: 'refuse' });
    const { token } = await strict.newUser('older', ['relay:connect']);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ type: 'cli.handshake', version: '2.1', client_id: 'laptop' });
    const answers = [
      await fetch(`${strict.url}${EXECUTOR_PATHS.heartbeat}`, { method: 'POST', headers, body }),
      await fetch(`${strict.url}${EXECUTOR_PATHS.mercureToken}`, { headers }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(problemSchema.parse(await answer.json())).toMatchObject({
        code: 'executor_outdated',
        next_step: 'Upgrade the executor.',
      });
    }
    await strict.close();
  });

  it('lets those listen that name an executor of theirs which is none', async () => {
    const strict = await startRelayApp({ SERVONAUT_LEGACY_EXECUTORS: 'refuse' });
    const [newer, other] = [
      await strict.newUser('newer', ['relay:connect']),
      await strict.newUser('other', ['relay:connect']),
    ];
    const ask = (path: string, { token }: { token: string }, body?: object) =>
      fetch(`${strict.url}${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const registered = await ask(EXECUTOR_PATHS.register, newer, executor.registration);
    const { executor_id: id } = executorRegistrationSchema.parse(await registered.json());
    const path = `${EXECUTOR_PATHS.mercureToken}?executor_id=${id}`;
    expect((await ask(path, newer)).status).toBe(200);
    expect((await ask(path, other)).status).toBe(403);
    await strict.close();
  });
});
