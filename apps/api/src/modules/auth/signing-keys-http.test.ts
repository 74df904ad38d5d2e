import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startPostgres, temporaryFolder, waitFor, type TestPostgres } from '@servonaut/testkit';
import { decodeProtectedHeader } from 'jose';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { OauthTestClient } from './oauth/testing/oauth-client.ts';
import { Browser } from './pages/testing/browser.ts';
import { signInDevice } from './pages/testing/device-sign-in.ts';
import { PASSWORD } from './people/testing/people.ts';

interface Bootstrap {
  readonly admin_token: string;
  readonly agent_token: string;
  readonly invitation_url: string;
}

/** Two coordinators on one database, with nothing through which one could tell the other. */
describe('replacing the signing keys', () => {
  let postgres: TestPostgres;
  const coordinators: Coordinator[] = [];
  let urls: readonly [string, string];
  let bootstrap: Bootstrap;
  let given: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    postgres = await startPostgres();
    const port = await freePort();
    const shared = {
      LOG_LEVEL: 'silent',
      DATABASE_URL: await postgres.createDatabase(),
      SERVONAUT_SECRET: randomBytes(32).toString('base64url'),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    };
    const folder = await temporaryFolder();
    const start = async (settings: Readonly<Record<string, string>>): Promise<string> => {
      const coordinator = await startCoordinator(loadConfig({ ...shared, ...settings }), () => undefined);
      coordinators.push(coordinator);
      return `http://127.0.0.1:${coordinator.listener.port}`;
    };
    const one = await start({ PORT: String(port), SERVONAUT_DATA_DIR: folder });
    urls = [one, await start({ PORT: '0', SERVONAUT_DATA_DIR: await temporaryFolder() })];
    bootstrap = JSON.parse(await readFile(path.join(folder, 'bootstrap.json'), 'utf8')) as Bootstrap;
    given = await aSignIn();
  }, 120_000);
  afterAll(async () => {
    for (const { app } of coordinators) await app.close();
    await postgres.stop();
  });

  async function aSignIn() {
    const [browser, { pathname }] = [new Browser(urls[0]), new URL(bootstrap.invitation_url)];
    await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
    return signInDevice(urls[0], browser);
  }

  const ask = (url: string, token: unknown, method = 'GET', to = '/api/cli/identity') =>
    fetch(url + to, { method, headers: { authorization: `Bearer ${String(token)}` } });
  const statuses = (token: unknown) => Promise.all(urls.map(async (url) => (await ask(url, token)).status));
  const kidOf = (token: unknown) => decodeProtectedHeader(String(token)).kid;

  it('refuses what the old ones have signed in every process within a second, and lets clients go on', async () => {
    const { access_token: token, refresh_token: refreshToken } = given;
    expect(await statuses(token)).toEqual([200, 200]);
    const rotated = await ask(urls[0], bootstrap.admin_token, 'POST', '/api/admin/signing-keys/rotate');
    const { kid } = (await rotated.json()) as { kid: string };
    expect([rotated.status, kid === kidOf(token)]).toEqual([200, false]);
    const renewed = await new OauthTestClient(urls[1]).refresh('servonaut-cli', refreshToken);
    expect(kidOf(renewed['access_token'])).toBe(kid);
    expect(await statuses(renewed['access_token'])).toEqual([200, 200]);
    const refused = async () => (await statuses(token)).every((status) => status === 401);
    await waitFor(refused, { what: 'the refusal by both', timeoutMs: 1_000, everyMs: 20 });
  });

  it('takes an admin', async () => {
    expect((await ask(urls[0], bootstrap.agent_token, 'POST', '/api/admin/signing-keys/rotate')).status).toBe(403);
  });
});
