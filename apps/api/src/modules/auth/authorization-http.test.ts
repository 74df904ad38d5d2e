import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { pkce } from './oauth/testing/oauth-browser.ts';
import { OauthTestClient } from './oauth/testing/oauth-client.ts';
import { Browser, type Answer } from './pages/testing/browser.ts';
import { PASSWORD } from './people/testing/people.ts';
import { CredentialService, Grants, Invitations, UserService } from './index.ts';

const REDIRECT = 'http://127.0.0.1:4567/cb';
const STATE = 'state-of-the-client';
const EMAIL = 'ada@example.com';

describe('signing in at a coordinator', () => {
  let coordinator: Coordinator;
  let client: OauthTestClient;
  let url: string;
  const logged: string[] = [];
  /** What nobody is to read in a log, by what it is. */
  const secrets = new Map<string, string>();
  const remember = (what: string, secret: unknown): void => void secrets.set(what, String(secret));

  beforeAll(async () => {
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => logged.push(String(text)) > 0);
    const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'debug' };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    url = coordinator.config.publicUrl;
    client = new OauthTestClient(url);
    const invited = await coordinator.app.get(Invitations).invite({ email: EMAIL, role: 'member' }, null);
    const path = new URL(invited.url).pathname;
    const browser = new Browser(url);
    await browser.submit(await browser.get(path), path, { password: PASSWORD });
  }, 60_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await coordinator.app.close();
  });

  const pathOf = (address: string): string => {
    const { pathname, search } = new URL(address, url);
    return pathname + search;
  };

  /** Follows the browser while it stays here. */
  async function follow(browser: Browser, first: Answer): Promise<Answer & { at: string }> {
    let [answer, at] = [first, ''];
    while (answer.location !== null && new URL(answer.location, url).origin === url) {
      at = pathOf(answer.location);
      answer = await browser.get(at);
    }
    return { ...answer, at };
  }

  async function signIn(browser: Browser, page: Answer & { at: string }): Promise<Answer & { at: string }> {
    return follow(browser, await browser.submit(page, page.at, { email: EMAIL, password: PASSWORD }));
  }

  /** From a bare address to tokens, as an agent and its user do it. */
  async function connect(answer: 'allow' | 'deny') {
    const { client_id: clientId } = await client.register({ redirect_uris: [REDIRECT], client_name: 'An agent' });
    const { verifier, challenge } = pkce();
    const query = new URLSearchParams({
      client_id: String(clientId),
      response_type: 'code',
      redirect_uri: REDIRECT,
      state: STATE,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      resource: `${url}/mcp`,
      scope: 'mcp:tools',
    });
    const browser = new Browser(url);
    const asked = await follow(browser, await browser.get(`/oauth/authorize?${query.toString()}`));
    const consent = await signIn(browser, asked);
    const action = `${consent.at}/consent`;
    const done = await follow(browser, await browser.submit(consent, action, { answer }));
    const returned = Object.fromEntries(new URL(done.location ?? '').searchParams);
    for (const [what, secret] of Object.entries({ ...returned, verifier, challenge }))
      if (what !== 'iss' && !what.startsWith('error')) remember(what, secret);
    return { clientId: String(clientId), consent, returned, verifier };
  }

  const statusOf = async (path: string, token: unknown): Promise<number> => {
    const headers = { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const accept = 'application/json, text/event-stream';
    const answer = await fetch(url + path, { method: 'POST', headers: { ...headers, accept }, body });
    await answer.body?.cancel();
    return answer.status;
  };

  it('leads an agent from a bare address to tokens that its door takes, until the person ends them', async () => {
    const { clientId, consent, returned, verifier } = await connect('allow');
    expect(consent.text).toContain('An agent');
    expect(returned).toMatchObject({ state: STATE, iss: url, code: expect.any(String) });
    const authorization = { answer: returned, verifier, redirectUri: REDIRECT, page: undefined as never };
    const tokens = await client.redeem(clientId, authorization);
    const token = tokens['access_token'];
    for (const what of ['access_token', 'refresh_token']) remember(what, tokens[what]);
    expect(await statusOf('/mcp', token)).toBe(200);
    expect(await statusOf('/api/cli/heartbeat', token)).toBe(401);
    const users = await coordinator.app.get(UserService).list({ after: '0', limit: 10 });
    const userId = users.find(({ email }) => email === EMAIL)?.id ?? '';
    await coordinator.app.get(Grants).revokeAll(userId);
    await waitFor(async () => (await statusOf('/mcp', token)) === 401, { what: 'the refusal', timeoutMs: 1_000 });
    expect(await client.refresh(clientId, tokens['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
  });

  it('shows an admin what a person has let in, who ends one or all of it', async () => {
    const { app } = coordinator;
    const tokens = [];
    for (let i = 0; i < 3; i += 1) {
      const { clientId, returned, verifier } = await connect('allow');
      const answer = { answer: returned, verifier, redirectUri: REDIRECT, page: undefined as never };
      tokens.push((await client.redeem(clientId, answer))['access_token']);
    }
    const users = await app.get(UserService).list({ after: '0', limit: 10 });
    const [admin, { id: userId }] = [users[0]!, users.find(({ email }) => email === EMAIL)!];
    const limits = { tools: null, servers: null, expiresAt: null, createdBy: null };
    const wanted = { userId: admin.id, label: 'test', scopes: ['admin'] as const, ...limits };
    const authorization = `Bearer ${(await app.get(CredentialService).issue(wanted)).token}`;
    const ask = async (method: string, path: string) => {
      const answer = await fetch(`${url}/api/admin/users/${path}`, { method, headers: { authorization } });
      return { status: answer.status, body: answer.status === 200 ? await answer.json() : undefined };
    };
    const listed = await ask('GET', `${userId}/grants`);
    const grant = {
      id: expect.any(String),
      client: { id: expect.any(String), name: 'An agent', origin: 'registered' },
      audience: 'mcp',
      scopes: ['mcp:tools'],
      created_at: expect.any(String),
      last_used_at: expect.any(String),
      expires_at: expect.any(String),
    };
    expect(listed).toEqual({ status: 200, body: { grants: [grant, grant, grant] } });
    const { id } = (listed.body as { grants: { id: string }[] }).grants[0]!;
    expect((await ask('DELETE', `${admin.id}/grants/${id}`)).status).toBe(404);
    expect((await ask('DELETE', `${userId}/grants/${id}`)).status).toBe(204);
    // Latest first.
    expect(await Promise.all(tokens.map((token) => statusOf('/mcp', token)))).toEqual([200, 200, 401]);
    expect((await ask('DELETE', `${userId}/grants`)).status).toBe(204);
    expect(await Promise.all(tokens.map((token) => statusOf('/mcp', token)))).toEqual([401, 401, 401]);
    expect(await ask('GET', `${userId}/grants`)).toEqual({ status: 200, body: { grants: [] } });
    expect((await ask('GET', '999999/grants')).status).toBe(404);
  });

  it('tells the agent that the person has denied', async () => {
    expect((await connect('deny')).returned).toMatchObject({ error: 'access_denied', iss: url });
  });

  it('leads a device to tokens for the interface', async () => {
    const device = await client.askForDevice();
    const browser = new Browser(url);
    const xsrf = ({ text }: Answer): string => /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const userCode = String(device['user_code']);
    const asked = await browser.get('/device');
    const shown = await browser.post('/device', { xsrf: xsrf(asked), user_code: userCode });
    expect(shown.text).toContain(userCode);
    const confirmed = await browser.post('/device', { xsrf: xsrf(shown), user_code: userCode, confirm: 'yes' });
    const consent = await signIn(browser, await follow(browser, confirmed));
    const done = await follow(browser, await browser.submit(consent, `${consent.at}/consent`, { answer: 'allow' }));
    expect(done.text).toContain('Connected');
    const { access_token: token, refresh_token: refreshToken } = await client.poll(device);
    const all = { userCode, device_code: device['device_code'], token, refreshToken };
    for (const [what, secret] of Object.entries(all)) remember(`${what} of a device`, secret);
    await browser.get(`/device?user_code=${userCode}`);
    expect(await statusOf('/mcp', token)).toBe(401);
    const status = await fetch(`${url}/api/cli/status`, { headers: { authorization: `Bearer ${String(token)}` } });
    expect(status.status).toBe(200);
  });

  it('logs where requests went, by the address that they had, and no secret of theirs', async () => {
    await fetch(`${url}/mcp/.well-known/openid-configuration?state=${STATE}`);
    await fetch(`${url}/oauth/authorize?client_id=nobody&state=${STATE}`);
    const paths = ['/mcp/.well-known/openid-configuration', '/oauth/authorize', '/oauth/token', '/device'];
    const log = () => logged.join('');
    await waitFor(() => paths.every((path) => log().includes(`"path":"${path}"`)), { what: 'the log' });
    expect(secrets.size).toBeGreaterThan(9);
    expect([...secrets].filter(([, secret]) => log().includes(secret)).map(([what]) => what)).toEqual([]);
  });
});
