import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport, type OAuthClientProvider } from '@modelcontextprotocol/client';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { importJWK, SignJWT } from 'jose';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { Grants } from './oauth/grants.ts';
import { OidcRecords } from './oauth/oidc-records.ts';
import { SigningKeys } from './oauth/signing-keys.ts';
import type { Audience } from './token-verifier.ts';

interface Bootstrap {
  readonly user_id: string;
  readonly agent_token: string;
  readonly executor_token: string;
  readonly admin_token: string;
}

const DAY_SECONDS = 86_400;

describe('access tokens and API keys on the routes of a coordinator', () => {
  let coordinator: Coordinator;
  let url: string;
  let bootstrap: Bootstrap;

  beforeAll(async () => {
    const SERVONAUT_DATA_DIR = await temporaryFolder();
    const settings = { SERVONAUT_DATA_DIR, PORT: '0', LOG_LEVEL: 'silent', MCP_KEEPALIVE_MS: '100' };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    url = coordinator.config.publicUrl;
    bootstrap = JSON.parse(await readFile(path.join(SERVONAUT_DATA_DIR, 'bootstrap.json'), 'utf8')) as Bootstrap;
  }, 60_000);
  afterAll(() => coordinator.app.close());

  /** A grant as the authorization server stores it, and an access token of it as that signs one. */
  async function aToken(audience: Audience, scope: string, life = '10m'): Promise<{ token: string; gid: string }> {
    const records = coordinator.app.get(OidcRecords);
    const name = randomUUID();
    const facts = { accountId: bootstrap.user_id, clientId: 'dcr_1', resources: { [`${url}/${audience}`]: scope } };
    await records.save('Grant', name, facts, DAY_SECONDS);
    const gid = records.storedName(name);
    const [key] = coordinator.app.get(SigningKeys).all();
    if (!key) throw new Error('there is no key');
    const claims = { client_id: 'dcr_1', client_name: 'Claude Code', scope, gid, jti: randomBytes(8).toString('hex') };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
      .setIssuer(url)
      .setAudience(`${url}/${audience}`)
      .setSubject(bootstrap.user_id)
      .setIssuedAt()
      .setExpirationTime(life)
      .sign(await importJWK(key, key.alg));
    return { token, gid };
  }

  const ask = (method: string, to: string, token?: string, body?: unknown): Promise<Response> =>
    fetch(`${url}${to}`, {
      method,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const callOf = (name: string) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });
  const call = (token: string, name: string) => ask('POST', '/mcp', token, callOf(name));
  const challengeOf = (answer: Response) => answer.headers.get('www-authenticate') ?? '';
  const metadataOf = (resource: string) => `${url}/.well-known/oauth-protected-resource${resource}`;

  it('knows its doors in any letters, as routes are found', async () => {
    const [{ token: agents }, { token: interfaces }] = [await aToken('mcp', 'mcp:tools'), await aToken('api', 'admin')];
    expect((await ask('POST', '/MCP', agents, callOf('list_servers'))).status).toBe(200);
    expect((await ask('POST', '/MCP', interfaces, callOf('list_servers'))).status).toBe(401);
    expect((await ask('GET', '/Mcp/SSE')).headers.get('www-authenticate')).toContain('/mcp/sse"');
  });

  it('takes both where agents come in', async () => {
    const { token } = await aToken('mcp', 'mcp:tools');
    for (const each of [token, bootstrap.agent_token]) {
      const answer = await call(each, 'get_request');
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', id: 1 });
    }
  });

  it('manages API keys with the scope for that, and tells a sign-in of before there was one what to do', async () => {
    const [lets, before] = [await aToken('api', 'credentials'), await aToken('api', 'relay:connect')];
    const made = await ask('POST', '/api/me/credentials', lets.token, { label: 'ci-bot', tools: ['get_server_info'] });
    expect([made.status, await made.json()]).toMatchObject([201, { created_by: lets.gid, token: expect.any(String) }]);
    const refused = await ask('GET', '/api/me/credentials', before.token);
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { code: 'insufficient_scope', next_step: 'Sign in again with "servonaut login".' },
    ]);
    const agents = await aToken('mcp', 'mcp:tools credentials');
    expect((await ask('GET', '/api/me/credentials', agents.token)).status).toBe(401);
  });

  it('takes both where executors come in, and says whose they are', async () => {
    const { token } = await aToken('api', 'relay:connect');
    for (const [each, label] of [
      [token, 'Claude Code'],
      [bootstrap.executor_token, expect.any(String)],
    ] as const) {
      const answer = await ask('GET', '/api/cli/identity', each);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ user_id: bootstrap.user_id, label, scopes: ['relay:connect'] });
    }
  });

  it('lets an executor listen for longer than the token lives that it came with', async () => {
    const { token } = await aToken('api', 'relay:connect', '5s');
    const { expires_at: expiresAt } = (await (await ask('GET', '/api/cli/mercure-token', token)).json()) as {
      expires_at: string;
    };
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(60_000);
  });

  it('takes both where admins come in', async () => {
    const { token } = await aToken('api', 'admin');
    for (const each of [token, bootstrap.admin_token])
      expect((await ask('GET', '/api/admin/users', each)).status).toBe(200);
  });

  it.each([
    ['mcp', 'mcp:tools relay:connect', 'GET', '/api/cli/identity'],
    ['mcp', 'mcp:tools admin', 'GET', '/api/admin/users'],
    ['api', 'mcp:tools relay:connect admin', 'POST', '/mcp'],
    ['api', 'mcp:tools relay:connect admin', 'GET', '/mcp/sse'],
  ] as const)('refuses a token for %s with %s at %s %s', async (audience, scope, method, to) => {
    const { token } = await aToken(audience, scope);
    const answer = await ask(method, to, token, method === 'POST' ? callOf('get_request') : undefined);
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toContain('error="invalid_token"');
  });

  it.each([
    ['POST', '/mcp', 'mcp:tools', '/mcp'],
    ['GET', '/mcp', 'mcp:tools', '/mcp'],
    ['GET', '/mcp/sse', 'mcp:tools', '/mcp/sse'],
    ['POST', '/mcp/message', 'mcp:tools', '/mcp/sse'],
    ['GET', '/api/cli/identity', 'relay:connect', '/api'],
    ['POST', '/api/cli/executors', 'relay:connect', '/api'],
    ['GET', '/api/admin/users', 'admin', '/api'],
  ])('says at %s %s which scope it needs and where to get a token', async (method, to, scope, resource) => {
    const way = `scope="${scope}", resource_metadata="${metadataOf(resource)}"`;
    const stranger = await ask(method, to);
    expect([stranger.status, challengeOf(stranger)]).toEqual([401, `Bearer realm="servonaut", ${way}`]);
    const refused = await ask(method, to, 'nonsense');
    expect(refused.status).toBe(401);
    expect(challengeOf(refused)).toMatch(
      /^Bearer realm="servonaut", error="invalid_token", error_description="[^"]+", /,
    );
    expect(challengeOf(refused).endsWith(way)).toBe(true);
  });

  it('says which scope a token lacks', async () => {
    const { token } = await aToken('api', 'relay:connect');
    const answer = await ask('GET', '/api/admin/users', token);
    expect(answer.status).toBe(403);
    expect(challengeOf(answer)).toContain('error="insufficient_scope"');
    expect(challengeOf(answer)).toContain(`scope="admin", resource_metadata="${metadataOf('/api')}"`);
  });

  it.each([
    ['', '', ['mcp:tools']],
    ['/mcp', '/mcp', ['mcp:tools']],
    ['/mcp/', '/mcp', ['mcp:tools']],
    ['/mcp/sse', '/mcp/sse', ['mcp:tools']],
    ['/mcp/message', '/mcp/message', ['mcp:tools']],
    ['/api', '/api', ['relay:connect', 'credentials', 'admin']],
    ['/api/cli', '/api/cli', ['relay:connect', 'credentials', 'admin']],
  ])('has metadata of the resource %j', async (asked, resource, scopes) => {
    const answer = await fetch(metadataOf(asked));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      resource: `${url}${resource}`,
      resource_name: 'Servonaut',
      resource_documentation: `${url}/api/docs`,
      authorization_servers: [url],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
    });
  });

  it.each(['/x', '/mcp/x', '//evil.example.com', '/%2e%2e/mcp', '/mcp%00'])(
    'has no metadata of what is not a resource: %s',
    async (resource) => {
      expect((await fetch(metadataOf(resource))).status).toBe(404);
    },
  );

  describe('a token for some tools', () => {
    it('is asked to get the scope of another tool, besides those that it has', async () => {
      const { token } = await aToken('mcp', 'mcp:tools:get_logs mcp:tools:list_servers');
      const answer = await call(token, 'run_command');
      expect(answer.status).toBe(403);
      const scope = 'mcp:tools:get_logs mcp:tools:list_servers mcp:tools:run_command';
      expect(challengeOf(answer)).toContain('error="insufficient_scope"');
      expect(challengeOf(answer)).toContain(`scope="${scope}", resource_metadata="${metadataOf('/mcp')}"`);
      expect(await answer.json()).toMatchObject({ code: 'insufficient_scope' });
    });

    it('takes an MCP client to the authorization server, with the scopes of both tools', async () => {
      const { token } = await aToken('mcp', 'mcp:tools:get_logs');
      const asked = Promise.withResolvers<URL>();
      const authProvider = aSignedInClient(token, 'mcp:tools:get_logs', (to) => asked.resolve(to));
      const client = new Client({ name: 'agent', version: '1.0.0' });
      await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { authProvider }));
      await expect(client.callTool({ name: 'run_command', arguments: {} })).rejects.toThrow();
      const { origin, pathname, searchParams } = await asked.promise;
      expect(origin + pathname).toBe(`${url}/oauth/authorize`);
      expect(searchParams.get('resource')).toBe(`${url}/mcp`);
      expect(searchParams.get('scope')?.split(' ')).toEqual(
        expect.arrayContaining(['mcp:tools:get_logs', 'mcp:tools:run_command']),
      );
      await client.close();
    });

    it('is asked so over HTTP+SSE as well', async () => {
      const { token } = await aToken('mcp', 'mcp:tools:get_logs');
      const answer = await ask('POST', '/mcp/message?sessionId=x', token, callOf('run_command'));
      expect(answer.status).toBe(403);
      expect(challengeOf(answer)).toContain('scope="mcp:tools:get_logs mcp:tools:run_command"');
    });

    it('may call those tools, and look up what it has called', async () => {
      const { token } = await aToken('mcp', 'mcp:tools:get_logs');
      for (const tool of ['get_logs', 'get_request']) expect((await call(token, tool)).status).toBe(200);
    });
  });

  it('refuses the tokens of a grant once that has ended, within a second', async () => {
    const { token, gid } = await aToken('mcp', 'mcp:tools');
    expect((await call(token, 'get_request')).status).toBe(200);
    await coordinator.app.get(Grants).revoke(gid, bootstrap.user_id);
    const answer = await call(token, 'get_request');
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toContain('error_description="The token has been revoked."');
  });

  it('ends the stream of an agent when its grant has ended, and not before', async () => {
    const { token, gid } = await aToken('mcp', 'mcp:tools');
    const stream = await ask('GET', '/mcp/sse', token);
    expect(stream.status).toBe(200);
    let ended = false;
    const reading = new Response(stream.body).text().finally(() => (ended = true));
    await coordinator.app.get(Grants).revoke(gid, bootstrap.user_id);
    await waitFor(() => ended, { what: 'the end of the stream', timeoutMs: 2_000 });
    expect(await reading).toContain('event: endpoint');
  });
});

/** An MCP client whose user has let it in before. @param redirect gets where the browser is sent */
function aSignedInClient(token: string, scope: string, redirect: (to: URL) => void): OAuthClientProvider {
  let verifier = '';
  const redirectUri = 'http://127.0.0.1:1/callback';
  return {
    redirectUrl: redirectUri,
    clientMetadata: { client_name: 'agent', redirect_uris: [redirectUri] },
    clientInformation: () => ({ client_id: 'dcr_1' }),
    tokens: () => ({ access_token: token, token_type: 'Bearer', scope }),
    saveTokens: () => undefined,
    redirectToAuthorization: redirect,
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => verifier,
  };
}
