import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { RATE_LIMITS } from '../../platform/limits/named-limits.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { routesOf } from '../../testing/routes-of.ts';
import { Invitations } from './index.ts';
import { OAUTH_PATHS } from './oauth/oauth-paths.ts';
import { OauthTestClient } from './oauth/testing/oauth-client.ts';
import { startOpenidProvider, UPSTREAM_CLIENT, type OpenidProvider } from './people/testing/openid-provider.ts';
import { Chance } from './testing/chance.ts';
import { HostilePerson, type HostilePlace } from './testing/hostile-person.ts';
import { hostileRequests, INSIDES } from './testing/hostile-requests.ts';

/** `npm run hostile` sends 10,000 of them; `HOSTILE_SEED` makes them other ones. */
const COUNT = Number(process.env['HOSTILE_REQUESTS'] ?? 500);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_261_123);
/** One in so many is of somebody who has an account, which takes several requests and now and then a password. */
const EACH_PERSON = 4;
const TIMES_OAUTH = 10;
/** So many times a code of a device is typed in before there is a new one. */
const USES = 10;

/** Cookies by which somebody is known or a flow goes on, codes, links. */
const SECRET_LENGTH = 20;

describe('the authorization server and the pages, under requests that are meant to break them', () => {
  let coordinator: Coordinator;
  let provider: OpenidProvider;
  let client: OauthTestClient;
  let url: string;
  const logged: string[] = [];
  const secrets = new Set<string>();
  const failures: object[] = [];

  beforeAll(async () => {
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => logged.push(String(text)) > 0);
    provider = await startOpenidProvider();
    const limits = Object.keys(RATE_LIMITS).map((name) => `${name}=1000000/60`);
    const settings = loadConfig({
      SERVONAUT_DATA_DIR: await temporaryFolder(),
      // A name, without which there are no passkeys.
      HOST: 'localhost',
      PORT: '0',
      LOG_LEVEL: 'debug',
      OAUTH_CLIENT_DOCUMENTS: 'off',
      UPSTREAM_ISSUER: provider.issuer,
      UPSTREAM_CLIENT_ID: UPSTREAM_CLIENT.id,
      UPSTREAM_CLIENT_SECRET: UPSTREAM_CLIENT.secret,
      SERVONAUT_RATE_LIMITS: limits.join(','),
    });
    coordinator = await startCoordinator(settings, () => undefined);
    url = coordinator.config.publicUrl;
    client = new OauthTestClient(url);
    for (const secret of await secretsOfFirstStart()) remember(secret);
  }, 60_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await coordinator.app.close();
    provider.stop();
  });

  /** Tokens, and the secret of the link with which the admin sets a password. */
  async function secretsOfFirstStart(): Promise<string[]> {
    const facts = JSON.parse(await readFile(path.join(coordinator.config.dataDir, 'bootstrap.json'), 'utf8')) as object;
    const texts = Object.values(facts).filter((fact): fact is string => typeof fact === 'string');
    return texts.map((text) => text.split('/').at(-1) ?? '').filter((text) => text.length > 40);
  }

  function remember(...found: unknown[]): void {
    for (const secret of found) if (typeof secret === 'string' && secret.length >= SECRET_LENGTH) secrets.add(secret);
  }

  function judge({ status, text, headers }: { status: number; text: string; headers: Headers }, request: object): void {
    for (const line of headers.getSetCookie()) {
      remember(/^[^=]+=([^;]*)/.exec(line)?.[1]);
    }
    if (status >= 500 || INSIDES.test(text)) failures.push({ ...request, status, text: text.slice(0, 300) });
  }

  /** What somebody who has no account can know. */
  async function strangersKnowledge() {
    const registered = await client.register({ token_endpoint_auth_method: 'client_secret_post' });
    const device = await client.askForDevice();
    const codes = [registered['client_secret'], device['device_code'], device['user_code']].map(String);
    for (const code of codes) secrets.add(code);
    const routes = new Set(routesOf(coordinator).map((route) => route.path));
    // As often as all others together: most of what a stranger can cause is there.
    const oauth = Array.from({ length: TIMES_OAUTH }, () => Object.values(OAUTH_PATHS)).flat();
    const paths = [...routes, ...oauth].filter((each) => !each.startsWith('/api/docs'));
    return { paths, known: [String(registered['client_id']), ...codes] };
  }

  async function place(chance: Chance): Promise<HostilePlace> {
    const { client_id: clientId } = await client.register();
    const flow = new URLSearchParams({
      client_id: String(clientId),
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1/cb',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
      state: 'state',
    });
    let [used, userCode, guests] = [0, '', 0];
    const invite = async (email: string): Promise<string> => {
      const { pathname } = new URL(
        (await coordinator.app.get(Invitations).invite({ email, role: 'member' }, null)).url,
      );
      remember(pathname.split('/').at(-1));
      return pathname;
    };
    await invite('elsewhere@example.com');
    const pages: readonly (() => string | Promise<string>)[] = [
      () => '/account',
      () => '/sign-in',
      () => '/sign-out',
      () => '/device',
      () => `/device?user_code=${userCode}`,
      () => `/oauth/authorize?${flow.toString()}`,
      () => '/upstream',
      () => '/upstream/return?code=code&state=state',
      () => invite(`guest-${(guests += 1)}@example.com`),
    ];
    return {
      url,
      invite,
      page: async () => chance.pick(pages)(),
      userCode: async () => {
        if (used++ % USES === 0) userCode = String((await client.askForDevice())['user_code']);
        secrets.add(userCode);
        return userCode;
      },
      comeBack: ({ searchParams }) => {
        const nonce = searchParams.get('nonce');
        if (nonce === null) return '/account';
        provider.claims = { nonce, sub: 'elsewhere', email: 'elsewhere@example.com', email_verified: true };
        return `/upstream/return?code=code&state=${searchParams.get('state')}`;
      },
      judge,
    };
  }

  it(
    `answers ${COUNT} of them (seed ${SEED}) without failing, without showing its insides and without logging a secret`,
    async () => {
      const chance = new Chance(SEED);
      const person = new HostilePerson(await place(chance), chance);
      const strangers = hostileRequests(chance, COUNT, await strangersKnowledge());
      for (const [at, { path: address, ...request }] of [...strangers].entries()) {
        if (at % EACH_PERSON === 0) await person.step();
        else {
          const response = await fetch(url + address, { ...request, redirect: 'manual' });
          const { status, headers } = response;
          judge({ status, headers, text: await response.text() }, { address, ...request });
        }
      }
      expect(failures).toEqual([]);
      const log = logged.join('');
      expect(log).toContain('/oauth/token');
      expect([...secrets].filter((secret) => log.includes(secret))).toEqual([]);
      expect(log).not.toContain('"level":50');
    },
    60_000 + COUNT * 100,
  );
});
