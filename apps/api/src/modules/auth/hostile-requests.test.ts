import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { RATE_LIMITS } from '../../platform/limits/named-limits.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { hostileRequests, type HostileRequest } from './testing/hostile-requests.ts';

/** `HOSTILE_REQUESTS=10000 HOSTILE_SEED=…` for a night's worth of them. */
const COUNT = Number(process.env['HOSTILE_REQUESTS'] ?? 500);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_261_123);

/** What a stack trace, or a message from below the edge, looks like. */
const INSIDES = /node_modules|\.[jt]s:\d+|TypeError|drizzle|Failed query/;

describe('the authorization server and the pages, under requests that are meant to break them', () => {
  let coordinator: Coordinator;
  const logged: string[] = [];
  const secrets = new Set<string>();

  beforeAll(async () => {
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => logged.push(String(text)) > 0);
    const limits = Object.keys(RATE_LIMITS).map((name) => `${name}=1000000/60`);
    const settings = loadConfig({
      SERVONAUT_DATA_DIR: await temporaryFolder(),
      PORT: '0',
      LOG_LEVEL: 'debug',
      OAUTH_CLIENT_DOCUMENTS: 'off',
      SERVONAUT_RATE_LIMITS: limits.join(','),
    });
    coordinator = await startCoordinator(settings, () => undefined);
    for (const secret of await secretsOfFirstStart()) secrets.add(secret);
  }, 60_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await coordinator.app.close();
  });

  /** Tokens, and the secret of the link with which the admin sets a password. */
  async function secretsOfFirstStart(): Promise<string[]> {
    const facts = JSON.parse(await readFile(path.join(coordinator.config.dataDir, 'bootstrap.json'), 'utf8')) as object;
    const texts = Object.values(facts).filter((fact): fact is string => typeof fact === 'string');
    return texts.map((text) => text.split('/').at(-1) ?? '').filter((text) => text.length > 40);
  }

  async function ask({ path: address, ...request }: HostileRequest) {
    const response = await fetch(coordinator.config.publicUrl + address, { ...request, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) remember(/^[^=]+=([^;]{20,})/.exec(line)?.[1]);
    return { status: response.status, text: await response.text() };
  }

  function remember(secret: string | undefined): void {
    if (secret !== undefined) secrets.add(secret);
  }

  async function post(address: string, type: string, body: string): Promise<Record<string, string>> {
    const { text } = await ask({ path: address, method: 'POST', headers: { 'content-type': type }, body });
    return JSON.parse(text) as Record<string, string>;
  }

  it(
    `answers ${COUNT} of them (seed ${SEED}) without failing, without showing its insides and without logging a secret`,
    async () => {
      const metadata = JSON.stringify({
        redirect_uris: ['http://127.0.0.1/cb'],
        token_endpoint_auth_method: 'client_secret_post',
      });
      const client = await post('/oauth/register', 'application/json', metadata);
      const device = await post(
        '/oauth/device',
        'application/x-www-form-urlencoded',
        'client_id=servonaut-cli&scope=admin',
      );
      for (const secret of [client['client_secret'], device['device_code'], device['user_code']]) remember(secret);
      const known = [client['client_id'], client['client_secret'], device['device_code'], device['user_code']];
      const failures: object[] = [];
      for (const request of hostileRequests(SEED, COUNT, known.map(String))) {
        const { status, text } = await ask(request);
        if (status >= 500 || INSIDES.test(text)) failures.push({ ...request, status, text: text.slice(0, 300) });
      }
      expect(failures).toEqual([]);
      const log = logged.join('');
      expect(log).toContain('/oauth/token');
      expect([...secrets].filter((secret) => log.includes(secret))).toEqual([]);
      expect(log).not.toContain('"level":50');
    },
    60_000 + COUNT * 60,
  );
});
