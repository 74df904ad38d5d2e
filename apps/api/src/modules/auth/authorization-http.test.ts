import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Identity } from '@servonaut/contracts';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { OauthTestClient } from './oauth/testing/oauth-client.ts';
import { Browser, type Answer } from './pages/testing/browser.ts';
import { CredentialService, Grants, UserService } from './index.ts';
import { AGENT_STATE, SigningInPerson } from './testing/signing-in-person.ts';

const EMAIL = 'ada@example.com';

describe('signing in at a coordinator', () => {
  let coordinator: Coordinator;
  let client: OauthTestClient;
  let person: SigningInPerson;
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
    person = await SigningInPerson.invited(coordinator, EMAIL);
  }, 60_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await coordinator.app.close();
  });

  const rememberAll = (returned: object): void => {
    for (const [what, secret] of Object.entries(returned))
      if (what !== 'iss' && !what.startsWith('error')) remember(what, secret);
  };

  /** Has an agent let in, of whose secrets none is to be logged. */
  async function letIn() {
    const given = await person.letIn();
    const { returned, verifier, challenge, token, refreshToken } = given;
    rememberAll({ ...returned, verifier, challenge, token, refreshToken });
    return given;
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
    const { clientId, consent, returned, token, refreshToken } = await letIn();
    expect(consent.text).toContain('An agent');
    expect(returned).toMatchObject({ state: AGENT_STATE, iss: url, code: expect.any(String) });
    expect(await statusOf('/mcp', token)).toBe(200);
    expect(await statusOf('/api/cli/heartbeat', token)).toBe(401);
    const users = await coordinator.app.get(UserService).list({ after: '0', limit: 10 });
    const userId = users.find(({ email }) => email === EMAIL)?.id ?? '';
    await coordinator.app.get(Grants).revokeAll(userId);
    await waitFor(async () => (await statusOf('/mcp', token)) === 401, { what: 'the refusal', timeoutMs: 1_000 });
    expect(await client.refresh(clientId, refreshToken)).toMatchObject({ error: 'invalid_grant' });
  });

  it('shows an admin what a person has let in, who ends one or all of it', async () => {
    const { app } = coordinator;
    const tokens: string[] = [];
    for (let i = 0; i < 3; i += 1) tokens.push((await letIn()).token);
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
    expect(listed).toEqual({ status: 200, body: { grants: [grant, grant, grant], next_cursor: null } });
    const { id } = (listed.body as { grants: { id: string }[] }).grants[0]!;
    expect((await ask('DELETE', `${admin.id}/grants/${id}`)).status).toBe(404);
    expect((await ask('DELETE', `${userId}/grants/${id}`)).status).toBe(204);
    // Latest first.
    expect(await Promise.all(tokens.map((token) => statusOf('/mcp', token)))).toEqual([200, 200, 401]);
    expect((await ask('DELETE', `${userId}/grants`)).status).toBe(204);
    expect(await Promise.all(tokens.map((token) => statusOf('/mcp', token)))).toEqual([401, 401, 401]);
    expect(await ask('GET', `${userId}/grants`)).toEqual({ status: 200, body: { grants: [], next_cursor: null } });
    expect((await ask('GET', '999999/grants')).status).toBe(404);
  });

  it('tells the agent that the person has denied', async () => {
    const { returned } = await person.answerAgent('deny');
    expect(returned).toMatchObject({ error: 'access_denied', iss: url });
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
    const consent = await person.signIn(browser, await person.follow(browser, confirmed));
    const allowed = await browser.submit(consent, `${consent.at}/consent`, { answer: 'allow' });
    const done = await person.follow(browser, allowed);
    expect(done.text).toContain('Connected');
    const { access_token: token, refresh_token: refreshToken } = await client.poll(device);
    const all = { userCode, device_code: device['device_code'], token, refreshToken };
    for (const [what, secret] of Object.entries(all)) remember(`${what} of a device`, secret);
    await browser.get(`/device?user_code=${userCode}`);
    expect(await statusOf('/mcp', token)).toBe(401);
    const headers = { authorization: `Bearer ${String(token)}` };
    const identity = (await (await fetch(`${url}/api/cli/identity`, { headers })).json()) as Identity;
    expect(identity).toMatchObject({ scopes: ['relay:connect', 'credentials'], client: identity.label });
    // A year, less the moments of this test.
    expect((Date.parse(identity.signed_in_until ?? '') - Date.now()) / 86_400_000).toBeCloseTo(365, 1);
  });

  it('logs where requests went, by the address that they had, and no secret of theirs', async () => {
    await fetch(`${url}/mcp/.well-known/openid-configuration?state=${AGENT_STATE}`);
    await fetch(`${url}/oauth/authorize?client_id=nobody&state=${AGENT_STATE}`);
    const paths = ['/mcp/.well-known/openid-configuration', '/oauth/authorize', '/oauth/token', '/device'];
    const log = () => logged.join('');
    await waitFor(() => paths.every((path) => log().includes(`"path":"${path}"`)), { what: 'the log' });
    expect(secrets.size).toBeGreaterThan(9);
    expect([...secrets].filter(([, secret]) => log().includes(secret)).map(([what]) => what)).toEqual([]);
  });
});
