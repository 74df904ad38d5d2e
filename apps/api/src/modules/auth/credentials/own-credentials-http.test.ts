import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXECUTOR_PATHS, issuedCredentialSchema, type Scope } from '@servonaut/contracts';
import { anExecutorToRegister, temporaryFolder, waitFor } from '@servonaut/testkit';
import { loadConfig } from '../../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../../start.ts';
import { AuditQuery, parseRow } from '../../audit/index.ts';
import { UserService } from '../people/user-service.ts';
import type { NewCredential } from './credential-facts.ts';
import { CredentialService } from './credential-service.ts';

const ME = '/api/me/credentials';
const INSIDE = '192.0.2.7';
const OUTSIDE = '198.51.100.7';

describe('credentials over HTTP', () => {
  let coordinator: Coordinator;
  let url: string;
  let userId: string;
  let maker: string;

  beforeAll(async () => {
    const SERVONAUT_DATA_DIR = await temporaryFolder();
    const settings = {
      SERVONAUT_DATA_DIR,
      PORT: '0',
      LOG_LEVEL: 'silent',
      TRUST_PROXY: '127.0.0.1',
      MCP_KEEPALIVE_MS: '100',
    };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    url = coordinator.config.publicUrl;
    userId = (await coordinator.app.get(UserService).create('ada')).id;
    maker = (await given(['credentials', 'mcp:tools'])).token;
  }, 60_000);
  afterAll(() => coordinator.app.close());

  /** As an admin issues it. */
  async function given(scopes: readonly Scope[], limits: Partial<NewCredential> = {}) {
    const wanted = { userId, label: randomUUID(), scopes, createdBy: null, ...limits };
    return coordinator.app.get(CredentialService).issue(wanted);
  }

  interface Asked {
    readonly token: string;
    readonly from?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  }
  const ask = (method: string, path: string, { token, from = INSIDE, body, headers = {}, signal }: Asked) =>
    fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json, text/event-stream',
        'x-forwarded-for': from,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  const listTools = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

  async function make(body: object) {
    const answer = await ask('POST', ME, { token: maker, body: { label: randomUUID(), ...body } });
    expect(answer.status).toBe(201);
    return { etag: answer.headers.get('etag'), ...issuedCredentialSchema.parse(await answer.json()) };
  }

  it('are made with a token that is shown once, read, listed, changed in the version that was seen, and revoked', async () => {
    const wanted = {
      label: 'ci-bot',
      tools: ['get_server_info'],
      servers: ['web-*', 'label:role=web'],
      rules: { '*': { per_day: 100 } },
      commands: [
        { name: 'restart', template: 'systemctl restart {unit}', parameters: { unit: { pattern: '[a-z]+' } } },
      ],
      addresses: ['192.0.2.9/24'],
      expires_at: '2100-01-01T00:00:00.000Z',
    };
    const { token, etag, ...made } = await make(wanted);
    expect(made).toMatchObject({
      ...wanted,
      addresses: ['192.0.2.0/24'],
      user_id: userId,
      state: 'active',
      scopes: ['mcp:tools'],
    });
    expect(etag).toBe('"1"');
    const read = await ask('GET', `${ME}/${made.id}`, { token: maker });
    expect(read.headers.get('etag')).toBe(etag);
    expect(await read.json()).toEqual(made);
    const listed = await (await ask('GET', `${ME}?label=ci-bot&state=active`, { token: maker })).json();
    expect(listed).toEqual({ credentials: [made], next_cursor: null });
    expect(JSON.stringify(listed)).not.toContain(token.slice(-43));

    const change = { tools: ['get_logs'], rules: null };
    const changed = await ask('PATCH', `${ME}/${made.id}`, {
      token: maker,
      body: change,
      headers: { 'if-match': '"1"' },
    });
    expect(await changed.json()).toEqual({ ...made, ...change, version: 2 });
    const stale = await ask('PATCH', `${ME}/${made.id}`, {
      token: maker,
      body: change,
      headers: { 'if-match': '"1"' },
    });
    expect([stale.status, await stale.json()]).toMatchObject([412, { code: 'version_mismatch' }]);

    expect((await ask('POST', '/mcp', { token, body: listTools })).status).toBe(200);
    const revoked = await ask('DELETE', `${ME}/${made.id}`, { token: maker });
    expect(await revoked.json()).toMatchObject({ id: made.id, state: 'revoked', revoked_at: expect.any(String) });
    expect((await ask('POST', '/mcp', { token, body: listTools })).status).toBe(401);
    const active = await (await ask('GET', `${ME}?label=ci-bot&state=active`, { token: maker })).json();
    expect(active).toEqual({ credentials: [], next_cursor: null });
  });

  it('need a scope of their own, and whoever signed in before there was one is told what to do', async () => {
    const { token } = await given(['mcp:tools', 'relay:connect', 'admin']);
    const answer = await ask('GET', ME, { token });
    expect([answer.status, await answer.json()]).toMatchObject([
      403,
      { code: 'insufficient_scope', facts: { scope: 'credentials' } },
    ]);
  });

  it.each([
    [{ scopes: ['admin'] }, 400],
    [{ scopes: ['credentials'] }, 400],
    [{ scopes: ['relay:connect'] }, 403],
    [{ addresses: ['192.0.2.0/33'] }, 400],
    [{ servers: ['label:role'] }, 400],
    [{ rules: { '*': { per_hour: 1 } } }, 400],
    [{ commands: [{ name: 'x', template: 'ls {dir}', parameters: { dir: { pattern: '(' } } }] }, 400],
    [{ secret: 'x' }, 400],
  ])('are not made of %j', async (body, status) => {
    expect((await ask('POST', ME, { token: maker, body: { label: 'x', ...body } })).status).toBe(status);
  });

  it('are on record with their limits, by whoever made, changed and revoked them', async () => {
    const { id } = await make({ tools: ['get_logs'] });
    await ask('PATCH', `${ME}/${id}`, { token: maker, body: { addresses: ['192.0.2.0/24'] } });
    await ask('DELETE', `${ME}/${id}`, { token: maker });
    const records = await waitFor(
      async () => {
        const rows = await coordinator.app.get(AuditQuery).page({ chain: `user:${userId}` }, { limit: 20 });
        const found = rows
          .map(parseRow)
          .filter(({ record }) => (record.data as { credential?: string }).credential === id);
        return found.length === 4 && found.map(({ record }) => record).reverse();
      },
      { what: 'the records' },
    );
    const by = { kind: 'credential', id: maker.slice(4, 20), address: INSIDE };
    const limits = { tools: ['get_logs'], servers: null, rules: null, commands: null, expires_at: null };
    expect(records).toMatchObject([
      { kind: 'credential.issued', actor: by, data: { ...limits, addresses: null, scopes: ['mcp:tools'] } },
      { kind: 'credential.change_asked', actor: by, data: { asked: { addresses: ['192.0.2.0/24'] } } },
      { kind: 'credential.changed', actor: by, data: { ...limits, addresses: ['192.0.2.0/24'], version: 2 } },
      { kind: 'credential.revoked', actor: by, data: { ...limits, addresses: ['192.0.2.0/24'] } },
    ]);
  });

  it('are on record for nobody else, who asks to change them and is told that there are none', async () => {
    const { id } = await make({});
    const bob = (await coordinator.app.get(UserService).create(randomUUID())).id;
    const { token } = await given(['credentials'], { userId: bob });
    const { token: other } = await given(['credentials']);
    const kindsOf = async () => {
      const rows = await coordinator.app.get(AuditQuery).page({ chain: `user:${userId}` }, { limit: 200 });
      return rows.map(parseRow).map(({ record }) => record.kind);
    };
    for (const each of [token, other]) {
      const before = await kindsOf();
      const body = { label: 'text of somebody else' };
      for (const [method, asked] of [
        ['PATCH', { body }],
        ['DELETE', {}],
      ] as const)
        expect((await ask(method, `${ME}/${id}`, { token: each, ...asked })).status).toBe(404);
      expect(await kindsOf()).toEqual(before);
    }
  });

  describe('with networks', () => {
    const addresses = ['192.0.2.0/24'];
    const DOORS = [
      ['POST', '/mcp', listTools, 200],
      ['GET', '/mcp/sse', undefined, 200],
      ['POST', '/mcp/message?sessionId=x', listTools, 404],
      ['GET', '/api/cli/identity', undefined, 200],
      ['POST', EXECUTOR_PATHS.register, anExecutorToRegister(), 200],
      ['GET', '/api/cli/mercure-token', undefined, 200],
      ['GET', ME, undefined, 200],
      ['GET', '/api/admin/users', undefined, 200],
      ['POST', '/api/admin/users', { name: 'boris' }, 201],
      ['GET', '/metrics', undefined, 200],
    ] as const;
    let token: string;
    beforeAll(async () => {
      const id = (await coordinator.app.get(UserService).list({ after: '0', limit: 1 }))[0]!.id;
      const scopes = ['mcp:tools', 'relay:connect', 'credentials', 'admin'] as const;
      ({ token } = await given(scopes, { userId: id, addresses }));
    });

    it.each(DOORS)('are taken from there alone at %s %s', async (method, path, body, status) => {
      const leave = new AbortController();
      const statusFrom = async (from: string) => {
        const answer = await ask(method, path, { token, from, body, signal: leave.signal });
        const code = answer.status === 403 ? ((await answer.json()) as { code: string }).code : '';
        return [answer.status, code];
      };
      expect(await statusFrom(OUTSIDE)).toEqual([403, 'address_not_allowed']);
      expect(await statusFrom(INSIDE)).toEqual([status, '']);
      expect(await statusFrom(`${INSIDE}, ${OUTSIDE}`)).toEqual([403, 'address_not_allowed']);
      leave.abort();
    });

    it('say nothing of them to whoever has not the secret, or has a revoked one', async () => {
      const { token: revoked, facts } = await given(['mcp:tools'], { addresses });
      await coordinator.app.get(CredentialService).revoke(facts.id);
      for (const bad of [`${token.slice(0, -1)}_`, revoked]) {
        const statuses = [OUTSIDE, INSIDE].map(
          async (from) => (await ask('POST', '/mcp', { token: bad, from, body: listTools })).status,
        );
        expect(await Promise.all(statuses)).toEqual([401, 401]);
      }
    });

    it('that are changed count for the next request, and end open streams from elsewhere', async () => {
      const { token: bot, facts } = await given(['mcp:tools']);
      const stream = await ask('GET', '/mcp/sse', { token: bot });
      const end = (async () => {
        for await (const _ of stream.body ?? []);
        return 'ended';
      })();
      expect((await ask('POST', '/mcp', { token: bot, body: listTools })).status).toBe(200);
      await coordinator.app.get(CredentialService).change(facts.id, { addresses: ['203.0.113.0/24'] }, { by: null });
      expect((await ask('POST', '/mcp', { token: bot, body: listTools })).status).toBe(403);
      expect(await end).toBe('ended');
      expect((await ask('POST', '/mcp', { token: bot, from: '203.0.113.9', body: listTools })).status).toBe(200);
    });
  });
});
