import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCoordinator, unlessMissing, type TestCoordinator } from '@servonaut/testkit';
import { obstacles, openBrowser, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import { startOpenidProvider } from './openid-provider.ts';

const CLIENT_ID = 'coordinator';

unlessMissing(describe, WITHOUT_CHROMIUM)('the sign-in at another provider, in Chromium', () => {
  const ada = { email: 'ada@example.com' };
  let provider: Awaited<ReturnType<typeof startOpenidProvider>>;
  let coordinator: TestCoordinator;
  let person: PersonsBrowser;

  beforeAll(async () => {
    provider = await startOpenidProvider(CLIENT_ID, ada);
    const upstream = { UPSTREAM_ISSUER: provider.issuer, UPSTREAM_CLIENT_ID: CLIENT_ID, UPSTREAM_CLIENT_SECRET: 's' };
    coordinator = await startCoordinator({ env: { ...upstream, UPSTREAM_LABEL: 'Example' } });
    person = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    provider.stop();
    await person.close();
    await coordinator.stop();
  });

  async function signIn(): Promise<void> {
    await person.page.goto(`${coordinator.url}/sign-in`);
    expect(await obstacles(person.page)).toEqual([]);
    await person.page.getByRole('link', { name: 'Sign in with Example' }).click();
  }

  it('refuses whom nobody has invited, and signs in whom somebody has', async () => {
    await signIn();
    await person.page.getByRole('alert').waitFor();
    expect(await obstacles(person.page)).toEqual([]);

    const { admin_token: token } = coordinator.bootstrap();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const invitation = { method: 'POST', headers, body: JSON.stringify(ada) };
    expect((await fetch(`${coordinator.url}/api/admin/invitations`, invitation)).status).toBe(201);
    await signIn();
    await person.page.waitForURL(`${coordinator.url}/account`);
    expect(await person.page.getByRole('main').innerText()).toContain(ada.email);
    expect(await obstacles(person.page)).toEqual([]);
    expect(person.complaints).toEqual([]);
  });
});
