import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  anOperator,
  missingSecretService,
  startCoordinator,
  startSecretService,
  unlessMissing,
  type TestCoordinator,
  type TestOperator,
} from '@servonaut/testkit';
import { openBrowser, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import { startImpatientProxy, type ImpatientProxy } from './impatient-proxy.ts';
import { acceptInvitation, beginLogin, confirm, deny, type WaitingLogin } from './person.ts';

/** What devices are told to wait when they may ask each second, and what each slow_down adds (RFC 8628 section 3.5), in milliseconds. */
const POLLS = { SERVONAUT_RATE_LIMITS: 'device_poll=1/1' };
const INTERVAL_MS = 2_000;
const LONGER_MS = 5_000;
/** Timers may be early by less than this. */
const EARLY_MS = 50;

const filesIn = (configDir: string): string[] => readdirSync(join(configDir, 'profiles', 'default')).toSorted();

unlessMissing(describe, WITHOUT_CHROMIUM)('a login by a code, at a coordinator', () => {
  let proxy: ImpatientProxy;
  let coordinator: TestCoordinator;
  let operator: TestOperator;
  let person: PersonsBrowser;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    const dataDir = coordinator?.dataDir;
    coordinator = await startCoordinator({
      env: { PUBLIC_URL: proxy.url, ...POLLS, ...env },
      ...(dataDir && { dataDir }),
    });
    proxy.target = coordinator.url;
  };
  const begin = (): Promise<WaitingLogin> => beginLogin(operator, proxy.url);

  beforeAll(async () => {
    proxy = await startImpatientProxy();
    [person] = await Promise.all([openBrowser(), start()]);
    const { executor_token: token, invitation_url: invitation } = coordinator.bootstrap();
    operator = await anOperator({ url: proxy.url, token, servers: [], knownHosts: [] });
    await Promise.all([operator.run(['logout']), acceptInvitation(person, invitation)]);
  }, 120_000);
  afterEach(async () => {
    expect(await operator.run(['whoami'])).toMatchObject({ code: 77, stderr: expect.stringMatching(/not_logged_in/) });
  });
  afterAll(async () => {
    await person.close();
    await coordinator.stop();
    await proxy.stop();
  }, 30_000);

  it('says that it was denied', async () => {
    const login = await begin();
    await deny(person, login);
    expect(await login.process.exited).toMatchObject({ code: 77 });
    expect(login.process.stderr.join('\n')).toMatch(/The sign-in was denied in the browser\.\n.*\n\[login_denied\]/);
  }, 60_000);

  it('is given up by Ctrl-C, at once', async () => {
    const login = await begin();
    await login.process.waitForLine(/Ctrl-C/);
    login.process.kill('SIGINT');
    expect(await login.process.exited).toMatchObject({ code: 75 });
    expect(login.process.stderr.join('\n')).toMatch(/The sign-in was given up/);
    expect(login.process.stdout).toEqual([]);
  }, 60_000);

  it('asks less often when it is told to, without an error', async () => {
    proxy.impatient = true;
    proxy.asked.length = 0;
    const login = await begin();
    await login.process.waitForLine(/asked less often/, 30_000);
    proxy.impatient = false;
    await confirm(person, login);
    expect(await login.process.exited).toMatchObject({ code: 0 });
    const [first = 0, second = 0] = proxy.asked;
    expect(second - first).toBeGreaterThanOrEqual(INTERVAL_MS + LONGER_MS - EARLY_MS);
    expect(login.process.output()).not.toMatch(/error/i);
    await operator.run(['logout']);
  }, 60_000);

  unlessMissing(it, missingSecretService())(
    'keeps its tokens in the keychain of the machine, and nowhere else',
    async () => {
      const [keychain, { executor_token: token }] = [await startSecretService(), coordinator.bootstrap()];
      const desk = { url: proxy.url, token, servers: [], knownHosts: [], env: keychain.env };
      const atDesk = await anOperator(desk);
      const login = await beginLogin(atDesk, proxy.url);
      await confirm(person, login);
      expect(await login.process.exited).toMatchObject({ code: 0 });
      expect(login.process.output()).toMatch(/The tokens are in the keychain of this machine\./);
      expect(filesIn(atDesk.configDir)).toEqual(['credentials.json', 'policy.yaml', 'servers.yaml']);
      expect(await atDesk.run(['whoami'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Kept in +keychain/),
      });
      expect(await atDesk.run(['logout'])).toMatchObject({ code: 0 });
      expect(filesIn(atDesk.configDir)).toEqual(['policy.yaml', 'servers.yaml']);
      await keychain.stop();
    },
    60_000,
  );

  it('goes on when the coordinator was away meanwhile', async () => {
    const login = await begin();
    await coordinator.stop();
    await login.process.waitForLine(/does not answer/, 30_000);
    await start();
    await confirm(person, login);
    expect(await login.process.exited).toMatchObject({ code: 0 });
    expect(await operator.run(['whoami'])).toMatchObject({ code: 0 });
    await operator.run(['logout']);
  }, 90_000);

  it('says that its code has expired', async () => {
    await coordinator.stop();
    await start({ OAUTH_DEVICE_CODE_SECONDS: '10' });
    const login = await begin();
    expect(await login.process.exited).toMatchObject({ code: 77 });
    expect(login.process.stderr.join('\n')).toMatch(/\[login_expired\]/);
  }, 90_000);
});
