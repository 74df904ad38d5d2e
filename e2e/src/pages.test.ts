import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startCoordinator, unlessMissing, waitFor, type TestCoordinator } from '@servonaut/testkit';
import type { Browser } from 'playwright-core';
import {
  launchChromium,
  obstacles,
  openBrowser,
  personAt,
  showsFocus,
  WITHOUT_CHROMIUM,
  type PersonsBrowser,
} from './chromium.ts';
import { oneTimeCode } from './one-time-code.ts';

const PASSWORD = 'tramway-onion-quartz';
const VERIFIER = 'v'.repeat(43);

/** Another site: `localhost` is another host than `127.0.0.1`, to a browser. */
async function otherSite(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, loopback: `http://127.0.0.1:${port}`, close: () => server.close() };
}

const htmlPage =
  (body: string): RequestListener =>
  (_request, response) =>
    void response.setHeader('Content-Type', 'text/html').end(`<!doctype html>${body}`);

unlessMissing(describe, WITHOUT_CHROMIUM)('the pages, in Chromium', () => {
  let coordinator: TestCoordinator;
  let browser: Browser;
  let person: PersonsBrowser;
  let email = '';

  beforeAll(async () => {
    [coordinator, browser] = await Promise.all([
      startCoordinator({ env: { SERVONAUT_RATE_LIMITS: 'registration_address=1000/3600' } }),
      launchChromium(),
    ]);
    const { page, close } = await personAt(browser);
    await page.goto(coordinator.bootstrap().invitation_url);
    email = await page.getByLabel('E-mail address').inputValue();
    expect(await obstacles(page)).toEqual([]);
    await page.getByLabel('Choose a password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.waitForURL('**/account');
    await close();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await coordinator.stop();
  });
  beforeEach(async () => {
    person = await personAt(browser);
  });
  afterEach(async () => {
    const { complaints } = person;
    await person.close();
    expect(complaints).toEqual([]);
  });

  const at = (path: string): string => coordinator.url + path;

  /** Without a pointing device: the fields come first, in order, and Enter sends. */
  async function signInByKeyboard(): Promise<void> {
    const { keyboard } = person.page;
    for (const text of [email, PASSWORD]) {
      await keyboard.press('Tab');
      expect(await showsFocus(person.page)).toBe(true);
      await keyboard.type(text);
    }
    await keyboard.press('Enter');
  }

  async function press(name: string): Promise<void> {
    await person.page.getByRole('button', { name, exact: true }).focus();
    await person.page.keyboard.press('Enter');
  }

  async function signedIn(): Promise<void> {
    await person.page.goto(at('/sign-in'));
    await signInByKeyboard();
    await person.page.waitForURL('**/account');
  }

  async function register(clientName: string, redirectUri: string): Promise<string> {
    const body = JSON.stringify({ client_name: clientName, redirect_uris: [redirectUri] });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(at('/oauth/register'), { method: 'POST', headers, body });
    return ((await answer.json()) as { client_id: string }).client_id;
  }

  function authorizeUrl(clientId: string, redirectUri: string): string {
    const challenge = createHash('sha256').update(VERIFIER).digest('base64url');
    const query = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, state: 's' };
    const proof = { code_challenge: challenge, code_challenge_method: 'S256' };
    return at(
      `/oauth/authorize?${new URLSearchParams({ ...query, ...proof, resource: at('/mcp'), scope: 'mcp:tools' })}`,
    );
  }

  it('sign somebody in and out by keyboard alone', async () => {
    await person.page.goto(at('/sign-in'));
    expect(await obstacles(person.page)).toEqual([]);
    await signInByKeyboard();
    await person.page.waitForURL('**/account');
    expect(await obstacles(person.page)).toEqual([]);
    await press('Sign out');
    await person.page.getByRole('heading', { name: 'Signed out' }).waitFor();
    expect(await obstacles(person.page)).toEqual([]);
    await person.page.goto(at('/account'));
    expect(new URL(person.page.url()).pathname).toBe('/sign-in');
  });

  it('read out why a password was not taken', async () => {
    await person.page.goto(at('/sign-in'));
    await person.page.getByLabel('E-mail address').fill(email);
    await person.page.getByLabel('Password').fill('not it');
    await press('Sign in');
    await person.page.getByRole('alert').waitFor();
    expect(await person.page.getByLabel('E-mail address').inputValue()).toBe(email);
    expect(await obstacles(person.page)).toEqual([]);
  });

  it('let an agent in, send the browser back to it, and end its access', async () => {
    const callbacks: string[] = [];
    const agent = await otherSite((request, response) => {
      callbacks.push(request.url ?? '');
      response.end('back');
    });
    const redirectUri = `${agent.loopback}/callback`;
    const clientId = await register('<b>Agent</b> & friends', redirectUri);
    await person.page.goto(authorizeUrl(clientId, redirectUri));
    expect(await obstacles(person.page)).toEqual([]);
    await signInByKeyboard();
    await person.page.getByRole('heading', { name: 'Allow access?' }).waitFor();
    expect(await obstacles(person.page)).toEqual([]);
    expect(await person.page.getByRole('main').innerText()).toContain('<b>Agent</b> & friends');
    await press('Allow');
    await waitFor(() => callbacks.length > 0, { what: 'the callback of the agent' });
    // The answer is still on its way to the browser, whose next page it would take.
    await person.page.waitForURL(`${agent.loopback}/**`);
    const code = new URL(callbacks[0] ?? '', agent.loopback).searchParams.get('code') ?? '';
    const redeemed = await fetch(at('/oauth/token'), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        code,
        redirect_uri: redirectUri,
        code_verifier: VERIFIER,
      }),
    });
    expect(redeemed.status).toBe(200);
    await person.page.goto(at('/account'));
    await press('End the access of <b>Agent</b> & friends');
    await person.page.getByRole('status').waitFor();
    expect(await person.page.getByRole('main').innerText()).not.toContain('Agent');
    agent.close();
  });

  it('tell an agent that it was denied', async () => {
    const callbacks: string[] = [];
    const agent = await otherSite((request, response) => {
      callbacks.push(request.url ?? '');
      response.end('back');
    });
    const redirectUri = `${agent.loopback}/callback`;
    await signedIn();
    await person.page.goto(authorizeUrl(await register('Agent', redirectUri), redirectUri));
    await press('Deny');
    await waitFor(() => callbacks.length > 0, { what: 'the callback of the agent' });
    expect(callbacks[0]).toContain('error=access_denied');
    agent.close();
  });

  it.each(['Connect', 'Deny'])(
    'show a device, by the link that it prints, and let the person say: %s',
    async (answer) => {
      const body = new URLSearchParams({ client_id: 'servonaut-cli', scope: 'relay:connect' });
      const asked = await fetch(at('/oauth/device'), { method: 'POST', body });
      const device = (await asked.json()) as { verification_uri_complete: string; user_code: string };
      await signedIn();
      await person.page.goto(device.verification_uri_complete);
      await person.page.getByRole('heading', { name: 'Connect this device?' }).waitFor();
      expect(await person.page.getByRole('main').innerText()).toContain(device.user_code);
      expect(await obstacles(person.page)).toEqual([]);
      await press(answer);
      if (answer === 'Connect') await press('Allow');
      const end = answer === 'Connect' ? 'Connected' : 'Connect a device';
      await person.page.getByRole('heading', { name: end, exact: true }).waitFor();
      expect(await obstacles(person.page)).toEqual([]);
    },
  );

  it.each(['prompt=login', 'prompt=select_account'])(
    'ask once more who somebody is, when an agent wants that: %s',
    async (wish) => {
      await signedIn();
      const redirectUri = 'http://127.0.0.1:9/callback';
      await person.page.goto(`${authorizeUrl(await register('Agent', redirectUri), redirectUri)}&${wish}`);
      await person.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await signInByKeyboard();
      await person.page.getByRole('heading', { name: 'Allow access?' }).waitFor();
    },
  );

  it('say that the code of a device has been used', async () => {
    const body = new URLSearchParams({ client_id: 'servonaut-cli', scope: 'relay:connect' });
    const asked = await fetch(at('/oauth/device'), { method: 'POST', body });
    const { verification_uri_complete: link } = (await asked.json()) as { verification_uri_complete: string };
    await signedIn();
    await person.page.goto(link);
    for (const name of ['Connect', 'Allow']) await press(name);
    await person.page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
    await person.page.goto(link);
    await person.page.getByRole('alert').waitFor();
    expect(await person.page.getByRole('alert').innerText()).toContain('This code has been used.');
    expect(await obstacles(person.page)).toEqual([]);
  });

  it('take the code of a device that is typed in, and say when there is none', async () => {
    await person.page.goto(at('/device'));
    expect(await obstacles(person.page)).toEqual([]);
    await person.page.getByLabel('Code').fill('BBBB-BBBB');
    await press('Continue');
    expect(await person.page.getByRole('alert').innerText()).toContain('There is no such code');
    expect(await obstacles(person.page)).toEqual([]);
  });

  it('set up an authenticator, ask for it at the next sign-in, and take each recovery code in its place once', async () => {
    await signedIn();
    await press('Set up an authenticator');
    await person.page.getByRole('heading', { name: 'Set up an authenticator' }).waitFor();
    expect(await obstacles(person.page)).toEqual([]);
    const key = (await person.page.locator('p.code').innerText()).replaceAll(' ', '');
    await person.page.getByLabel('Code that').fill(oneTimeCode(key, -1));
    await press('Confirm');
    await person.page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor();
    const recoveryCodes = await person.page.locator('li code').allInnerTexts();
    expect(recoveryCodes).toHaveLength(10);
    expect(await obstacles(person.page)).toEqual([]);
    await person.page.goto(at('/account'));
    expect(await obstacles(person.page)).toEqual([]);
    await person.context.clearCookies();

    await person.page.goto(at('/sign-in'));
    await signInByKeyboard();
    await person.page.getByRole('heading', { name: 'Second factor' }).waitFor();
    expect(await obstacles(person.page)).toEqual([]);
    await person.page.getByLabel('Code').fill(oneTimeCode(key));
    await press('Continue');
    await person.page.waitForURL('**/account');
    await person.context.clearCookies();

    const recover = async (): Promise<void> => {
      await person.page.goto(at('/sign-in'));
      await signInByKeyboard();
      await person.page.getByLabel('Code').fill(recoveryCodes[0] ?? '');
      await press('Continue');
    };
    await recover();
    await person.page.waitForURL('**/account');
    expect(await person.page.getByRole('main').innerText()).toContain('Recovery codes left: 9');
    await person.context.clearCookies();
    await recover();
    await person.page.getByRole('alert').waitFor();
    expect(await obstacles(person.page)).toEqual([]);
    await person.page.getByLabel('Code').fill(recoveryCodes[1] ?? '');
    await press('Continue');
    await person.page.waitForURL('**/account');
    await press('Remove the second factor');
    await person.page.getByText('The second factor is removed.').waitFor();
  });

  it('end the session of another browser', async () => {
    await signedIn();
    const other = await openBrowser();
    await other.page.goto(at('/sign-in'));
    await other.page.getByLabel('E-mail address').fill(email);
    await other.page.getByLabel('Password').fill(PASSWORD);
    await other.page.keyboard.press('Enter');
    await other.page.waitForURL('**/account');

    await other.page.goto(at('/account'));
    await other.page.getByRole('button', { name: 'End all others', exact: true }).click();
    await other.page.getByText('All other browsers are signed out.').waitFor();
    await person.page.goto(at('/account'));
    expect(new URL(person.page.url()).pathname).toBe('/sign-in');

    await signInByKeyboard();
    await person.page.waitForURL('**/account');
    await press('End the session from 127.0.0.1');
    await person.page.getByText('That browser is signed out.').waitFor();
    expect(await obstacles(person.page)).toEqual([]);
    await other.page.goto(at('/account'));
    expect(new URL(other.page.url()).pathname).toBe('/sign-in');
    await other.close();
  });

  it('say that an invitation is over, and that there is no such page', async () => {
    for (const path of ['/invitation/none', '/sign-in/none', '/device/none']) {
      await person.page.goto(at(path));
      expect(await obstacles(person.page)).toEqual([]);
    }
  });

  it('are shown in the frame of no other site', async () => {
    await signedIn();
    const site = await otherSite(htmlPage(`<iframe src="${at('/account')}"></iframe>`));
    await person.page.goto(site.url);
    const frame = person.page.frames()[1];
    expect(await frame?.evaluate<string>('document.body.innerText')).not.toContain(email);
    // Chromium says in its console that it has refused.
    expect(person.complaints.splice(0).join('\n')).toContain('frame-ancestors');
    site.close();
  });

  it('take no form of another site', async () => {
    await signedIn();
    const site = await otherSite(
      htmlPage(`<form method="post" action="${at('/sign-out')}"><button>Win</button></form>`),
    );
    await person.page.goto(site.url);
    const [answer] = await Promise.all([person.page.waitForResponse(at('/sign-out')), press('Win')]);
    expect(answer.status()).toBe(403);
    await person.page.waitForURL(at('/sign-out'));
    await person.page.goto(at('/account'));
    expect(new URL(person.page.url()).pathname).toBe('/account');
    site.close();
  });
});
