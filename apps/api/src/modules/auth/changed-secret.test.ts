import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { pkce } from './oauth/testing/oauth-browser.ts';
import { OauthTestClient } from './oauth/testing/oauth-client.ts';
import { Browser, hiddenFields, type Answer } from './pages/testing/browser.ts';
import { signInDevice } from './pages/testing/device-sign-in.ts';
import { codeOf, PASSWORD } from './people/testing/people.ts';

interface Bootstrap {
  readonly admin_token: string;
  readonly user_id: string;
  readonly invitation_url: string;
}

const EMAIL = 'admin@localhost';
const uriOf = ({ text }: Answer): string =>
  /href="(otpauth:[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#39;', "'") ?? '';
const CONFIRM = '/account/second-factor/confirm';

/** All that is stored and all that a browser keeps, made under one master secret and shown to another. */
describe('after another master secret was set', () => {
  const lives: Coordinator[] = [];
  let url: string;
  let admin: Bootstrap;
  let browser: Browser;
  let client: OauthTestClient;
  let given: Readonly<Record<string, unknown>>;
  /** What an authenticator was set up with. */
  let uri: string;
  let codes: readonly string[];
  /** Of forms: what they keep sealed. */
  let sealed: Readonly<Record<'attempt' | 'offer', string>>;
  let flow: string;

  beforeAll(async () => {
    const [PORT, SERVONAUT_DATA_DIR] = [String(await freePort()), await temporaryFolder()];
    url = `http://127.0.0.1:${PORT}`;
    [browser, client] = [new Browser(url), new OauthTestClient(url)];
    const settings = { PORT, SERVONAUT_DATA_DIR, LOG_LEVEL: 'silent' };
    const [former, changed] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
    const live = async (SERVONAUT_SECRET: string, AUDIT_FORMER_KEYS = '') => {
      const config = loadConfig({ ...settings, SERVONAUT_SECRET, AUDIT_FORMER_KEYS });
      lives.push(await startCoordinator(config, () => undefined));
    };
    await live(former);
    admin = JSON.parse(await readFile(path.join(SERVONAUT_DATA_DIR, 'bootstrap.json'), 'utf8')) as Bootstrap;
    await liveThrough();
    await stop();
    await live(changed);
    const refused = await askedToBeSet();
    await stop();
    await live(changed, refused);
  }, 120_000);
  afterAll(() => stop());

  async function stop(): Promise<void> {
    const { app, listener } = lives.at(-1)!;
    const closed = app.close();
    listener.server.closeAllConnections();
    await closed;
  }

  /** Whatever somebody can begin, and some of it to its end. */
  async function liveThrough(): Promise<void> {
    expect((await newUser()).status).toBe(201);
    const { pathname } = new URL(admin.invitation_url);
    await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
    given = await signInDevice(url, browser);
    const offered = await browser.submit(await browser.get('/account'), '/account/second-factor');
    uri = uriOf(offered);
    const done = await browser.submit(offered, CONFIRM, { code: codeOf(uri) });
    codes = [...done.text.matchAll(/<li><code>([^<]*)/g)].map(([, code = '']) => code);
    const { offer = '' } = hiddenFields(offered, CONFIRM);
    const { attempt = '' } = hiddenFields(await askedForCode(new Browser(url)), '/sign-in');
    sealed = { offer, attempt };
    const { client_id: clientId } = await client.register();
    const asked = { client_id: String(clientId), response_type: 'code', redirect_uri: 'http://127.0.0.1:1/cb' };
    const proof = { code_challenge: pkce().challenge, code_challenge_method: 'S256' };
    const begun = await browser.get(`/oauth/authorize?${new URLSearchParams({ ...asked, ...proof })}`);
    flow = new URL(begun.location ?? '', url).pathname;
  }

  /** Of the audit, before which nobody is let in: what the refusal says to set. */
  async function askedToBeSet(): Promise<string> {
    const refused = await newUser();
    expect(refused.status).toBe(503);
    return /set AUDIT_FORMER_KEYS=([\w-]{43});/.exec(await refused.text())?.[1] ?? '';
  }

  const newUser = (): Promise<Response> =>
    fetch(`${url}/api/admin/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.admin_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'bot' }),
    });

  /** The page that comes after the password. */
  const askedForCode = async (by: Browser): Promise<Answer> =>
    by.submit(await by.get('/sign-in'), '/sign-in', { email: EMAIL, password: PASSWORD });

  const asAdmin = async (to: string) => {
    const response = await fetch(`${url}/api/admin/${to}`, {
      headers: { authorization: `Bearer ${admin.admin_token}` },
    });
    return { status: response.status, body: await response.json() };
  };

  it('shows an account, and an admin its agents, of which none is left', async () => {
    const account = await browser.get('/account');
    expect([account.status, account.text.includes('/account/agents/end')]).toEqual([200, false]);
    expect(await asAdmin(`users/${admin.user_id}/grants`)).toEqual({
      status: 200,
      body: { grants: [], next_cursor: null },
    });
  });

  it('takes no token of before, in words that make clients sign in anew', async () => {
    const { access_token: token, refresh_token: refreshToken } = given;
    const headers = { authorization: `Bearer ${String(token)}` };
    expect((await fetch(`${url}/api/cli/identity`, { headers })).status).toBe(401);
    expect(await client.refresh('servonaut-cli', refreshToken)).toMatchObject({ status: 400, error: 'invalid_grant' });
    const about = { client_id: 'servonaut-cli', token: String(refreshToken) };
    expect(await client.post('/oauth/introspect', about)).toEqual({ status: 200, active: false });
    expect(await client.post('/oauth/revoke', about)).toEqual({ status: 200 });
  });

  it('knows no flow of before', async () => {
    expect((await browser.get(flow)).status).toBe(404);
    expect((await browser.post(flow, { email: EMAIL, password: PASSWORD })).status).toBe(403);
  });

  it('takes no right password of before for one of now', async () => {
    const stranger = new Browser(url);
    const page = await askedForCode(stranger);
    const [code = ''] = codes;
    expect((await stranger.submit(page, '/sign-in', { attempt: sealed.attempt, code })).status).toBe(403);
  });

  it('refuses codes of an authenticator of before, takes recovery codes, and lets another one be set up', async () => {
    const person = new Browser(url);
    const refused = await person.submit(await askedForCode(person), '/sign-in', { code: codeOf(uri, 1) });
    expect(refused.status).toBe(403);
    expect((await person.submit(refused, '/sign-in', { code: codes[0] ?? '' })).location).toBe('/account');
    await person.submit(await person.get('/account'), '/account/second-factor/remove');
    const offered = await person.submit(await person.get('/account'), '/account/second-factor');
    const old = await person.submit(offered, CONFIRM, { offer: sealed.offer, code: codeOf(uri) });
    expect(old.status).toBe(403);
    const done = await person.submit(offered, CONFIRM, { code: codeOf(uriOf(offered)) });
    expect(done.text).toContain('<li><code>');
  });
});
