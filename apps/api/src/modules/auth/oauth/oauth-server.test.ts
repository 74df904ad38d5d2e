import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { newSigningKey } from './signing-key-store.ts';
import { OauthBrowser } from './testing/oauth-browser.ts';
import { DEVICE_GRANT, OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

const METADATA = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-authorization-server/mcp',
  '/.well-known/oauth-authorization-server/mcp/sse',
  '/.well-known/openid-configuration',
  '/.well-known/openid-configuration/mcp',
  '/mcp/.well-known/openid-configuration',
];

describe.each(DATABASES)('the authorization server on %s', (_, open) => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let client: OauthTestClient;
  let clientId: string;

  beforeAll(async () => {
    connection = await open();
    app = await startOauthTestApp(connection, { generous: true });
    client = new OauthTestClient(app.publicUrl);
    await app.users.create('ada');
    await app.users.create('grace');
    clientId = String((await client.register())['client_id']);
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await connection.close();
  });
  beforeEach(() => void (app.revoked.length = 0));

  const tokens = async (parameters: Readonly<Record<string, string | null>> = {}, given = {}) =>
    client.redeem(clientId, await client.authorize(clientId, { parameters }), given);
  const claims = (token: unknown) => decodeJwt(String(token));

  describe('metadata', () => {
    it.each(METADATA)('is at %s', async (path) => {
      const metadata = (await (await fetch(app.publicUrl + path)).json()) as Record<string, unknown>;
      expect(metadata).toMatchObject({
        issuer: app.publicUrl,
        authorization_endpoint: `${app.publicUrl}/oauth/authorize`,
        token_endpoint: `${app.publicUrl}/oauth/token`,
        device_authorization_endpoint: `${app.publicUrl}/oauth/device`,
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        scopes_supported: ['mcp:tools', 'relay:connect', 'credentials', 'admin'],
      });
    });

    it('names the address that is configured, whatever a request says of proxies', async () => {
      const headers = { forwarded: 'host=evil.example;proto=https', 'x-forwarded-host': 'evil.example' };
      const metadata = await (await fetch(app.publicUrl + METADATA[0]!, { headers })).text();
      expect(metadata).not.toContain('evil.example');
    });
  });

  describe('the code flow', () => {
    it('gives a code to a client on any loopback port, and says who gave it (RFC 9207)', async () => {
      const { answer } = await client.authorize(clientId);
      expect(answer).toEqual({ code: expect.any(String), state: 'state', iss: app.publicUrl });
    });

    it('gives an access token for one audience, by the one algorithm, that names its grant as it is stored', async () => {
      const given = await tokens();
      expect(given).toMatchObject({ expires_in: 600, scope: 'mcp:tools', token_type: 'Bearer' });
      expect(decodeProtectedHeader(String(given['access_token']))).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
      const { gid, aud, sub, iss, client_id } = claims(given['access_token']);
      expect({ aud, sub, iss, client_id }).toEqual({
        aud: `${app.publicUrl}/mcp`,
        sub: '1',
        iss: app.publicUrl,
        client_id: clientId,
      });
      await app.records.endGrant(String(gid));
      expect(app.revoked).toEqual([{ userId: '1', credentialId: gid }]);
    });

    it('wants PKCE, and no other than S256', async () => {
      const none = await client.authorize(clientId, {
        parameters: { code_challenge: null, code_challenge_method: null },
      });
      expect(none.answer).toMatchObject({ error: 'invalid_request', iss: app.publicUrl });
      const plain = await client.authorize(clientId, { parameters: { code_challenge_method: 'plain' } });
      expect(plain.answer).toMatchObject({ error: 'invalid_request' });
      const wrong = await client.redeem(clientId, await client.authorize(clientId), { code_verifier: 'x'.repeat(43) });
      expect(wrong).toMatchObject({ status: 400, error: 'invalid_grant' });
    });

    it('says no for a person who denies', async () => {
      expect((await client.authorize(clientId, { answer: 'no' })).answer).toMatchObject({ error: 'access_denied' });
    });

    it('leads nowhere but to a registered address', async () => {
      for (const redirect_uri of ['http://localhost:1/cb', 'https://evil.example/cb', 'http://127.0.0.1:1/other']) {
        const { page } = await client.authorize(clientId, { parameters: { redirect_uri } });
        expect([page.status, page.leftFor]).toEqual([400, null]);
        expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      }
    });

    it('knows no other resource than its own', async () => {
      const { answer } = await client.authorize(clientId, { parameters: { resource: 'https://evil.example/mcp' } });
      expect(answer).toMatchObject({ error: 'invalid_target' });
    });

    it.each([
      ['neither scope nor resource', { scope: null, resource: null }],
      ['an empty scope', { scope: '' }],
    ])('gives the tools to a client that names %s', async (_name, parameters) => {
      const { access_token } = await tokens(parameters);
      expect(claims(access_token)).toMatchObject({ scope: 'mcp:tools', aud: `${app.publicUrl}/mcp` });
    });

    it('gives one tool alone to a client that asks for that, by whatever address of the door', async () => {
      const resource = `${app.publicUrl}/mcp/sse`;
      const given = await tokens({ scope: 'mcp:tools:run_command', resource }, { resource });
      expect(claims(given['access_token'])).toMatchObject({
        scope: 'mcp:tools:run_command',
        aud: `${app.publicUrl}/mcp`,
      });
      const again = await client.refresh(clientId, given['refresh_token']);
      expect(claims(again['access_token'])).toMatchObject({ scope: 'mcp:tools:run_command' });
    });

    it('never gives more on a refresh than was consented to', async () => {
      const given = await tokens({ scope: 'mcp:tools:run_command' });
      const more = await client.refresh(clientId, given['refresh_token'], { scope: 'mcp:tools' });
      expect(more).toMatchObject({ status: 400, error: 'invalid_scope' });
    });

    it('gives nothing of the interface at the door of agents', async () => {
      expect(await tokens({ scope: 'mcp:tools admin relay:connect' })).toMatchObject({ scope: 'mcp:tools' });
    });

    it('lets nobody but an admin give away the scope admin', async () => {
      const parameters = { scope: 'admin', resource: `${app.publicUrl}/api` };
      expect((await client.authorize(clientId, { parameters })).page).toMatchObject({
        status: 400,
        text: '{"code":"not_entitled"}',
      });
    });

    it('makes a grant of each consent, so that to end one leaves the others', async () => {
      const browser = new OauthBrowser(app.publicUrl);
      const [one, other] = [
        await client.redeem(clientId, await client.authorize(clientId, { browser })),
        await client.redeem(clientId, await client.authorize(clientId, { browser })),
      ];
      await client.post('/oauth/revoke', { client_id: clientId, token: String(one['refresh_token']) });
      expect(await client.refresh(clientId, one['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
      expect(await client.refresh(clientId, other['refresh_token'])).toMatchObject({ status: 200 });
    });
  });

  describe('who signed in', () => {
    const flowIn = async (browser: OauthBrowser): Promise<{ readonly uid: string; readonly prompt: string }> => {
      const parameters = { client_id: clientId, response_type: 'code', redirect_uri: 'http://127.0.0.1/cb' };
      const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
      const page = await browser.ask(`/oauth/authorize?${new URLSearchParams({ ...parameters, ...challenge })}`);
      return JSON.parse(page.text) as { uid: string; prompt: string };
    };
    const promptAt = async (browser: OauthBrowser): Promise<string> => (await flowIn(browser)).prompt;

    it('is remembered while their session lives', async () => {
      const browser = new OauthBrowser(app.publicUrl);
      expect(await promptAt(browser)).toBe('login');
      await client.authorize(clientId, { browser });
      expect(await promptAt(browser)).toBe('consent');
    });

    it('is asked again when the session was ended, and when its cookie has gone', async () => {
      const browser = new OauthBrowser(app.publicUrl);
      await client.authorize(clientId, { browser });
      await app.webSessions.endAll('1');
      expect(await promptAt(browser)).toBe('login');
      await client.authorize(clientId, { browser });
      browser.forget('svn_session');
      expect(await promptAt(browser)).toBe('login');
    });

    it('is shown what they consent to', async () => {
      const browser = new OauthBrowser(app.publicUrl);
      await client.authorize(clientId, { browser });
      const parameters = { scope: 'mcp:tools mcp:tools:run_command', client_id: clientId, response_type: 'code' };
      const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
      const redirect_uri = 'http://127.0.0.1:99/cb';
      const { text } = await browser.ask(
        `/oauth/authorize?${new URLSearchParams({ ...parameters, ...challenge, redirect_uri })}`,
      );
      expect(JSON.parse(text)).toMatchObject({
        prompt: 'consent',
        client: { id: clientId, name: 'T', origin: 'registered' },
        redirectUri: redirect_uri,
        accountId: '1',
        audience: 'mcp',
        missing: ['mcp:tools', 'mcp:tools:run_command'],
      });
    });

    it('is in the browser that began, which the address of a flow alone does not prove', async () => {
      const [begun, other] = [new OauthBrowser(app.publicUrl), new OauthBrowser(app.publicUrl)];
      const { uid } = await flowIn(begun);
      await flowIn(other);
      const asked = async (name: string, visitor: string | undefined) => {
        const headers = { cookie: `svn_visitor=${visitor}; interaction=${uid}` };
        return (await fetch(`${app.publicUrl}/sign-in/${name}`, { headers })).status;
      };
      const visitor = begun.cookie('svn_visitor');
      expect(await asked(uid, visitor)).toBe(200);
      expect(await asked(uid, other.cookie('svn_visitor'))).toBe(400);
      expect(await asked(uid.replace(/\..*/, `.${'A'.repeat(43)}`), visitor)).toBe(400);
      expect(await asked(uid.replace(/\..*/, ''), visitor)).toBe(400);
    });

    it('goes on with a flow in that browser alone, when somebody has signed in to it in another', async () => {
      const [begun, other] = [new OauthBrowser(app.publicUrl), new OauthBrowser(app.publicUrl)];
      const { uid } = await flowIn(begun);
      const headers = { cookie: `svn_visitor=${begun.cookie('svn_visitor')}` };
      const body = new URLSearchParams({ user: '1', answer: 'yes' });
      const sent = { method: 'POST', headers, body, redirect: 'manual' } as const;
      const back = (await fetch(`${app.publicUrl}/sign-in/${uid}`, sent)).headers.get('location') ?? '';
      expect(new URL(back).pathname).toBe(`/oauth/authorize/${uid}`);
      await flowIn(other);
      expect(await other.ask(back)).toMatchObject({
        status: 400,
        text: expect.stringContaining('error invalid_request'),
      });
    });

    it('can be in the middle of two flows at once', async () => {
      const browser = new OauthBrowser(app.publicUrl);
      const [one, two] = [await flowIn(browser), await flowIn(browser)];
      for (const { uid } of [one, two]) expect(await browser.ask(`/sign-in/${uid}`)).toMatchObject({ status: 200 });
    });

    it('has to be in the browser that began', async () => {
      const { page } = await client.authorize(clientId, { answer: 'no' });
      const browser = new OauthBrowser(app.publicUrl);
      const asked = await browser.ask(`/sign-in/${'x'.repeat(43)}`);
      expect([page.leftFor === null, asked.status, asked.text]).toEqual([false, 400, '{"code":"not_found"}']);
    });
  });

  describe('what can be used once', () => {
    it('is a code: the second time ends all that came of it', async () => {
      const authorization = await client.authorize(clientId);
      const given = await client.redeem(clientId, authorization);
      expect(await client.redeem(clientId, authorization)).toMatchObject({ status: 400, error: 'invalid_grant' });
      expect(await client.refresh(clientId, given['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
      expect(app.revoked).toEqual([{ userId: '1', credentialId: claims(given['access_token'])['gid'] }]);
    });

    it('is a refresh token: the second time ends the family', async () => {
      const first = await tokens();
      const second = await client.refresh(clientId, first['refresh_token']);
      expect(second['refresh_token']).not.toBe(first['refresh_token']);
      expect(await client.refresh(clientId, first['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
      expect(await client.refresh(clientId, second['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
      expect(app.revoked).toEqual([{ userId: '1', credentialId: claims(first['access_token'])['gid'] }]);
    });

    it('is a refresh token: the second time ends nothing on another machine of the same person and client', async () => {
      const [laptop, desktop] = [await tokens(), await tokens()];
      const next = await client.refresh(clientId, laptop['refresh_token']);
      await client.refresh(clientId, laptop['refresh_token']);
      expect(await client.refresh(clientId, next['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
      expect(await client.refresh(clientId, desktop['refresh_token'])).toMatchObject({ status: 200 });
    });

    it('is never used by both of two who come at once', async () => {
      for (let round = 0; round < 10; round++) {
        const { refresh_token: token } = await tokens();
        const answers = await Promise.all([client.refresh(clientId, token), client.refresh(clientId, token)]);
        expect(answers.filter(({ status }) => status === 200).length).toBeLessThan(2);
      }
    });
  });

  describe('what belongs to a client', () => {
    it('is of no use to another', async () => {
      const other = String((await client.register())['client_id']);
      const given = await tokens();
      expect(await client.refresh(other, given['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
      const stolen = await client.redeem(other, await client.authorize(clientId));
      expect(stolen).toMatchObject({ error: 'invalid_grant' });
      const token = String(given['refresh_token']);
      expect(await client.post('/oauth/introspect', { client_id: other, token })).toMatchObject({ active: false });
      await client.post('/oauth/revoke', { client_id: other, token });
      expect(await client.refresh(clientId, token)).toMatchObject({ status: 200 });
    });

    it('can be looked at and ended by it', async () => {
      const given = await tokens();
      const token = String(given['refresh_token']);
      expect(await client.post('/oauth/introspect', { client_id: clientId, token })).toMatchObject({ active: true });
      expect(await client.post('/oauth/revoke', { client_id: clientId, token })).toMatchObject({ status: 200 });
      expect(await client.refresh(clientId, token)).toMatchObject({ error: 'invalid_grant' });
      expect(app.revoked).toEqual([{ userId: '1', credentialId: claims(given['access_token'])['gid'] }]);
    });
  });

  it('gives nothing more to a user who was disabled', async () => {
    const { id } = await app.users.create('mallory');
    const given = await client.redeem(clientId, await client.authorize(clientId, { user: id }));
    await app.users.setDisabled(id, true);
    expect(await client.refresh(clientId, given['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
  });

  it('turns its keys in the middle of a flow', async () => {
    const before = await tokens();
    const next = await newSigningKey();
    const verify = (token: unknown) =>
      jwtVerify(String(token), createRemoteJWKSet(new URL('/oauth/jwks', app.publicUrl)), {
        issuer: app.publicUrl,
        audience: `${app.publicUrl}/mcp`,
        typ: 'at+jwt',
      });
    const pending = await client.authorize(clientId);
    app.signingKeys.set([next, ...app.signingKeys.all()]);
    const after = await client.redeem(clientId, pending);
    expect(decodeProtectedHeader(String(after['access_token'])).kid).toBe(next.kid);
    for (const { access_token } of [before, after]) await verify(access_token);
    app.signingKeys.set([next]);
    expect(await client.refresh(clientId, before['refresh_token'])).toMatchObject({ status: 200 });
    await expect(verify(before['access_token'])).rejects.toThrow();
  });

  it('publishes nothing of its keys but their public part', async () => {
    const { keys } = (await (await fetch(`${app.publicUrl}/oauth/jwks`)).json()) as { keys: object[] };
    expect(keys.every((key) => !('d' in key))).toBe(true);
  });

  describe('the flow of a device', () => {
    it('tells a device that asks too often to slow down, and gives tokens once somebody has confirmed', async () => {
      const device = await client.askForDevice();
      expect(device).toMatchObject({ verification_uri: `${app.publicUrl}/device`, expires_in: 600, interval: 5 });
      expect(await client.poll(device)).toMatchObject({ status: 400, error: 'authorization_pending' });
      expect(await client.poll(device)).toMatchObject({ status: 400, error: 'slow_down' });
      const done = await client.confirm(String(device['user_code']), 'connect');
      expect(done.text).toContain('done Servonaut command line');
      const given = await client.poll(device);
      expect(claims(given['access_token'])).toMatchObject({
        aud: `${app.publicUrl}/api`,
        scope: 'relay:connect credentials',
      });
      expect(await client.poll(device)).toMatchObject({ error: 'invalid_grant' });
      expect(await client.refresh('servonaut-cli', given['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
    });

    it('shows what is to be compared with the device, in a page without scripts', async () => {
      const device = await client.askForDevice();
      const browser = new OauthBrowser(app.publicUrl);
      const page = await browser.ask('/device');
      expect(page.headers.get('content-security-policy')).not.toContain('script-src');
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const userCode = String(device['user_code']);
      expect((await browser.ask('/device', { xsrf, user_code: userCode.toLowerCase() })).text).toContain(
        `confirm ${userCode} Servonaut command line 127.0.0.1`,
      );
      const stranger = await new OauthBrowser(app.publicUrl).ask('/device', { xsrf, user_code: userCode });
      expect([stranger.status, stranger.text]).toEqual([400, expect.stringContaining('input failed')]);
    });

    it('says that somebody has denied', async () => {
      const device = await client.askForDevice();
      expect((await client.confirm(String(device['user_code']), 'deny')).text).toContain('input denied');
      expect(await client.poll(device)).toMatchObject({ status: 400, error: 'access_denied' });
    });

    it('knows neither a code that there is not, nor one that was used', async () => {
      expect((await client.confirm('BBBB-BBBB', 'connect')).text).toContain('input not_found');
      const device = await client.askForDevice();
      await client.confirm(String(device['user_code']), 'connect');
      expect((await client.confirm(String(device['user_code']), 'connect')).text).toContain('input already_used');
    });

    it('lets nobody guess codes for ever', async () => {
      const strict = await startOauthTestApp(connection);
      const there = new OauthTestClient(strict.publicUrl);
      const code = String((await there.askForDevice())['user_code']);
      const statuses: number[] = [];
      for (let tries = 0; tries < 21; tries += 1)
        statuses.push((await there.confirm(tries < 20 ? 'BBBB-BBBB' : code, 'connect')).status);
      await strict.close();
      expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), 429]);
    });

    it('is for nobody but the command line', async () => {
      const asked = { grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT] };
      const other = await client.register(asked);
      expect(other).toMatchObject({ status: 201, grant_types: ['authorization_code', 'refresh_token'] });
      expect(await client.askForDevice({ client_id: String(other['client_id']) })).toMatchObject({
        status: 400,
        error_description: 'urn:ietf:params:oauth:grant-type:device_code is not allowed for this client',
      });
      const only = await client.register({ grant_types: [DEVICE_GRANT], response_types: [] });
      expect(only).toMatchObject({ status: 400, error: 'invalid_client_metadata' });
    });

    it('survives what goes wrong in a browser that is new', async () => {
      for (const path of ['/device?dup=1&dup=2', '/device/unknown'])
        expect((await new OauthBrowser(app.publicUrl).ask(path)).status).toBeLessThan(500);
      expect((await new OauthBrowser(app.publicUrl).ask('/device', { user_code: 'x' })).status).toBe(400);
      const resumed = await new OauthBrowser(app.publicUrl).ask(`/oauth/authorize/unknown?client_id=${clientId}`);
      expect(resumed.status).toBe(400);
    });
  });

  describe('a code that expires', () => {
    let hasty: OauthTestApp;
    afterEach(() => hasty.close());

    it('is refused to the person and to the device, each in its own words', async () => {
      hasty = await startOauthTestApp(connection, { deviceCodeSeconds: 1, generous: true });
      const there = new OauthTestClient(hasty.publicUrl);
      const device = await there.askForDevice();
      const until = Date.now() + 5_000;
      let answer = await there.poll(device);
      while (answer.error !== 'expired_token' && Date.now() < until) answer = await there.poll(device);
      expect(answer).toMatchObject({ status: 400, error: 'expired_token' });
      expect((await there.confirm(String(device['user_code']), 'connect')).text).toContain('input expired');
    });
  });
});
