import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  freePort,
  startCoordinator,
  startPostgresDatabase,
  startRedis,
  unlessMissing,
  waitFor,
  type Bootstrap,
  type TestCoordinator,
} from '@servonaut/testkit';
import { randomBytes } from 'node:crypto';
import { Program, refreshOf, type LetIn } from './authorization.ts';
import { openBrowser, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import type { Deployment } from './deployment.ts';
import { acceptInvitation, PASSWORD, signInAgain } from './person.ts';
import { rest } from './world.ts';

/** What an admin may count on, from the answer to whoever ends something until no process takes it any more. */
const REFUSED_WITHIN_MS = 1_000;

/** For two processes that hear of each other. */
async function withRedis(): Promise<Deployment> {
  const [redis, alone] = await Promise.all([startRedis(), withoutRedis()]);
  const stop = async (): Promise<void> => void (await Promise.all([redis.stop(), alone.stop()]));
  return { env: { ...alone.env, REDIS_URL: redis.url }, stop };
}

/** For two that do not, and have the database in common alone. */
async function withoutRedis(): Promise<Deployment> {
  const postgres = await startPostgresDatabase();
  const secret = randomBytes(32).toString('base64url');
  const env = { DATABASE_URL: postgres.url, SERVONAUT_SECRET: secret };
  return { env, stop: () => postgres.stop() };
}

const DEPLOYMENTS = [
  ['that hear of each other', withRedis],
  ['that do not hear of each other', withoutRedis],
] as const;

unlessMissing(describe, WITHOUT_CHROMIUM)('access that is ended at one coordinator', () => {
  describe.each(DEPLOYMENTS)('of two %s', (_, deploy) => {
    let deployment: Deployment;
    let first: TestCoordinator;
    let second: TestCoordinator;
    let tokens: Bootstrap;
    let ada: PersonsBrowser;
    let adasId: string;
    let program: Program;

    beforeAll(async () => {
      const port = await freePort();
      deployment = await deploy();
      const env = { ...deployment.env, PUBLIC_URL: `http://127.0.0.1:${port}` };
      [first, ada] = await Promise.all([startCoordinator({ env, port }), openBrowser()]);
      second = await startCoordinator({ env });
      tokens = first.bootstrap();
      const invited = await admin('/invitations', 'POST', { email: 'ada@example.com', role: 'admin' });
      await acceptInvitation(ada, invited.url);
      const { users } = await admin('/users', 'GET');
      adasId = users.find(({ email }: { email: string }) => email === 'ada@example.com').id;
      program = await Program.register(first.url);
    }, 120_000);
    afterAll(async () => {
      await ada.close();
      await Promise.all([first.stop(), second.stop()]);
      await deployment.stop();
    }, 60_000);

    async function admin(path: string, method: string, body?: object) {
      const answer = await rest(`${first.url}/api/admin${path}`, tokens.admin_token, body, method);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    }

    const atTools = async ({ url }: TestCoordinator, token: string): Promise<number> =>
      (
        await fetch(`${url}/mcp`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            accept: 'application/json, text/event-stream',
            'content-type': 'application/json',
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
        })
      ).status;
    const atAdmin = async ({ url }: TestCoordinator, token: string): Promise<number> =>
      (await rest(`${url}/api/admin/users`, token)).status;

    /** Both take the token; one ends it, and both have to have heard of it in time, while they are asked all along. */
    async function refuses(ask: typeof atTools, token: string, end: () => Promise<unknown>, status = 401) {
      expect([await ask(first, token), await ask(second, token)]).toEqual([200, 200]);
      await end();
      const refusal = (at: TestCoordinator) =>
        waitFor(async () => (await ask(at, token)) === status, {
          what: `the refusal at ${at === first ? 'the first' : 'the second'} coordinator`,
          timeoutMs: REFUSED_WITHIN_MS,
          everyMs: 5,
        });
      await Promise.all([refusal(second), refusal(first)]);
    }

    const grantOf = async (): Promise<string> => (await admin(`/users/${adasId}/grants`, 'GET')).grants[0].id;
    const agent = (): Promise<LetIn> => program.letIn(ada, '/mcp', 'mcp:tools');

    const ENDINGS: Readonly<Record<string, (given: LetIn) => Promise<unknown>>> = {
      'by the person, on the page of their account': async () => {
        await ada.page.goto(`${first.url}/account`);
        await ada.page.getByRole('button', { name: 'End the access of' }).first().click();
        await ada.page.getByText('Its access has ended').waitFor();
      },
      'by the program itself': ({ refreshToken }) => program.post('/oauth/revoke', { token: refreshToken }),
      'by a second use of its refresh token': async (given) => {
        // Until the next one is in use, the answer with that one may have been lost.
        await program.refresh(await program.refresh(given));
        expect(await program.post('/oauth/token', refreshOf(given.refreshToken))).toMatchObject({
          error: 'invalid_grant',
        });
      },
      'by an admin': async () => admin(`/users/${adasId}/grants/${await grantOf()}`, 'DELETE'),
      'by an admin, with all others': () => admin(`/users/${adasId}/grants`, 'DELETE'),
      'with the password that it may have come of': async () => {
        await ada.page.goto(`${first.url}/account`);
        await ada.page.getByLabel('Current password').last().fill(PASSWORD);
        await ada.page.getByLabel('New password').fill(PASSWORD);
        await ada.page.getByRole('button', { name: 'Change the password' }).click();
        await ada.page.getByText('Your password is changed.').waitFor();
      },
    };

    it.each(Object.entries(ENDINGS))(
      'is refused at the other within a second: %s',
      async (__, end) => {
        const given = await agent();
        await refuses(atTools, given.accessToken, () => end(given));
      },
      60_000,
    );

    it('is refused within a second when the user is disabled', async () => {
      const { accessToken } = await agent();
      const setDisabled = (disabled: boolean) => admin(`/users/${adasId}`, 'PATCH', { disabled });
      await refuses(atTools, accessToken, () => setDisabled(true));
      await setDisabled(false);
      expect(await atTools(first, accessToken)).toBe(401);
      await signInAgain(ada, first.url, 'ada@example.com');
    }, 60_000);

    it('is refused within a second where it takes an admin, when the user is none any more', async () => {
      const { accessToken } = await program.letIn(ada, '/api', 'admin');
      const key = await admin(`/users/${adasId}/credentials`, 'POST', { label: 'key', scopes: ['admin'] });
      const setRole = (role: string) => admin(`/users/${adasId}`, 'PATCH', { role });
      await refuses(atAdmin, accessToken, () => setRole('member'), 403);
      await setRole('admin');
      await refuses(atAdmin, key.token, () => setRole('member'), 403);
      await setRole('admin');
    }, 60_000);

    it('is refused within a second when the signing keys are replaced, and is given anew', async () => {
      const given = await agent();
      await refuses(atTools, given.accessToken, () => admin('/signing-keys/rotate', 'POST'));
      const { accessToken } = await program.refresh(given);
      expect([await atTools(first, accessToken), await atTools(second, accessToken)]).toEqual([200, 200]);
    }, 60_000);

    it('is refused within a second when the API key is revoked that it was made with', async () => {
      const key = await admin(`/users/${adasId}/credentials`, 'POST', { label: 'key', scopes: ['admin'] });
      const { body: made } = await rest(`${first.url}/api/admin/users/${adasId}/credentials`, key.token, {
        label: 'made',
        scopes: ['admin'],
      });
      await refuses(atAdmin, made.token, () => admin(`/credentials/${key.id}`, 'DELETE'));
    });

    it('is refused within a second when an API key is revoked', async () => {
      const key = await admin(`/users/${adasId}/credentials`, 'POST', { label: 'key', scopes: ['mcp:tools'] });
      await refuses(atTools, key.token, () => admin(`/credentials/${key.id}`, 'DELETE'));
    });
  });
});
