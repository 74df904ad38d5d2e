import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, startCoordinator, unlessMissing, type TestCoordinator } from '@servonaut/testkit';
import type { Browser, CDPSession } from 'playwright-core';
import { launchChromium, obstacles, personAt, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import { oneTimeCode } from './one-time-code.ts';

const PASSWORD = 'tramway-onion-quartz';
const DEVICE = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

unlessMissing(describe, WITHOUT_CHROMIUM)('passkeys, in Chromium', () => {
  let coordinator: TestCoordinator;
  let browser: Browser;
  let person: PersonsBrowser;
  let device: CDPSession;
  let authenticatorId = '';
  let email = '';

  // A passkey is for a name, which an address of this machine is not.
  const at = (path: string): string => `http://localhost:${coordinator.port}${path}`;
  const heading = (name: string) => person.page.getByRole('heading', { name, exact: true });
  const press = (name: string) => person.page.getByRole('button', { name, exact: true }).click();
  const scriptPolicy = async (path: string) =>
    /script-src[^;]*/.exec((await person.page.goto(at(path)))?.headers()['content-security-policy'] ?? '')?.[0];

  beforeAll(async () => {
    const port = await freePort();
    [coordinator, browser] = await Promise.all([
      startCoordinator({ port, env: { PUBLIC_URL: `http://localhost:${port}` } }),
      launchChromium(),
    ]);
    const { page, close } = await personAt(browser);
    await page.goto(coordinator.bootstrap().invitation_url);
    email = await page.getByLabel('E-mail address').inputValue();
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
    device = await person.context.newCDPSession(person.page);
    await device.send('WebAuthn.enable');
    ({ authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', { options: DEVICE }));
  });
  afterEach(async () => {
    const { complaints } = person;
    await person.close();
    expect(complaints).toEqual([]);
  });

  async function typePassword(): Promise<void> {
    await person.page.goto(at('/sign-in'));
    await person.page.getByLabel('E-mail address').fill(email);
    await person.page.getByLabel('Password').fill(PASSWORD);
    await press('Sign in');
  }

  async function addPasskey(label: string): Promise<void> {
    await typePassword();
    await person.page.waitForURL('**/account');
    await person.page.getByLabel('Name of a new passkey').fill(label);
    await press('Add a passkey');
    await heading('Make a passkey').waitFor();
  }

  async function signOut(): Promise<void> {
    await person.page.goto(at('/account'));
    await press('Sign out');
    await heading('Signed out').waitFor();
  }

  async function usePasskey(): Promise<void> {
    await person.page.goto(at('/sign-in'));
    await press('Use a passkey');
  }

  it('are made and named, sign in alone, and are refused once they are removed', async () => {
    await addPasskey('Ada’s laptop');
    expect(await obstacles(person.page)).toEqual([]);
    await press('Make the passkey');
    await person.page.getByText('The passkey is added.').waitFor();
    expect(await obstacles(person.page)).toEqual([]);

    await signOut();
    await usePasskey();
    await person.page.waitForURL('**/account');
    expect(await person.page.getByRole('main').innerText()).toMatch(/Ada’s laptop\s+Since .*, last used/);

    await press('Remove the passkey Ada’s laptop');
    await person.page.getByText('The passkey is removed.').waitFor();
    await signOut();
    await usePasskey();
    expect(await person.page.getByRole('alert').innerText()).toContain('not accepted');
    expect(await obstacles(person.page)).toEqual([]);
  });

  it('are refused when the device knows of fewer uses than we do: there is a copy', async () => {
    await addPasskey('Phone');
    await press('Make the passkey');
    await person.page.getByText('The passkey is added.').waitFor();
    await signOut();
    await usePasskey();
    await person.page.waitForURL('**/account');
    const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId });
    const [credential] = credentials;
    if (!credential) throw new Error('the device has a passkey');
    await device.send('WebAuthn.clearCredentials', { authenticatorId });
    await device.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 0 } });
    await signOut();
    await usePasskey();
    expect(await person.page.getByRole('alert').innerText()).toContain('not accepted');
  });

  it('say why none is made or used when the device cannot tell who is there', async () => {
    await addPasskey('Tablet');
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await press('Make the passkey');
    expect(await person.page.getByRole('alert').innerText()).toContain('Nothing was done');
    await signOut();
    await usePasskey();
    expect(await person.page.getByRole('alert').innerText()).toContain('Nothing was done');
  });

  it('take the place of a code after the password', async () => {
    await addPasskey('Key');
    await press('Make the passkey');
    await person.page.getByText('The passkey is added.').waitFor();
    await press('Set up an authenticator');
    const key = (await person.page.locator('p.code').innerText()).replaceAll(' ', '');
    await person.page.getByLabel('Code that').fill(oneTimeCode(key));
    await press('Confirm');
    await heading('Keep these recovery codes').waitFor();
    await signOut();

    await typePassword();
    await heading('Second factor').waitFor();
    expect(await obstacles(person.page)).toEqual([]);
    await press('Use a passkey');
    await person.page.waitForURL('**/account');
    await press('Remove the second factor');
    await person.page.getByText('The second factor is removed.').waitFor();
  });

  it('let a person go on to the agent that has sent them', async () => {
    await addPasskey('Watch');
    await press('Make the passkey');
    await person.page.getByText('The passkey is added.').waitFor();
    await signOut();
    const [redirectUri, challenge] = ['http://127.0.0.1:9/callback', 'c'.repeat(43)];
    const body = JSON.stringify({ client_name: 'Agent', redirect_uris: [redirectUri] });
    const headers = { 'content-type': 'application/json' };
    const registered = await fetch(at('/oauth/register'), { method: 'POST', headers, body });
    const { client_id } = (await registered.json()) as { client_id: string };
    const asked = { client_id, redirect_uri: redirectUri, resource: at('/mcp'), scope: 'mcp:tools', state: 's' };
    const flow = { ...asked, response_type: 'code', code_challenge: challenge, code_challenge_method: 'S256' };
    await person.page.goto(at(`/oauth/authorize?${new URLSearchParams(flow)}`));
    await press('Use a passkey');
    await heading('Allow access?').waitFor();
    expect(await person.page.locator('script').count()).toBe(0);
  });

  it('are the only thing for which a page has a script, and nobody needs it', async () => {
    expect(await scriptPolicy('/sign-in')).toBe("script-src 'self'");
    await typePassword();
    await person.page.waitForURL('**/account');
    for (const path of ['/account', '/sign-out']) expect(await scriptPolicy(path)).toBeUndefined();

    const plain = await person.context.browser()?.newContext({ javaScriptEnabled: false });
    const page = await plain?.newPage();
    if (!page) throw new Error('the browser has closed');
    await page.goto(at('/sign-in'));
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Sign in']);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button').click();
    await page.waitForURL('**/account');
  });
});
