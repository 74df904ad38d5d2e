import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@servonaut/testkit';
import { credentialsFile, loadCredentials } from '../session/credentials.ts';
import { readEnvironment } from '../session/environment.ts';
import { FileTokenStore, tokensFile } from '../session/file-token-store.ts';
import { openSession, type Session } from '../session/session.ts';
import { TestAuthorizationServer } from '../session/testing/authorization-server.ts';
import { loginInBrowser } from './browser-login.ts';
import type { OauthTokens, TokenStore } from '../session/token-store.ts';
import { coordinatorOf, login } from './login-service.ts';
import { logout } from './logout-service.ts';
import { whoAmI } from './whoami-service.ts';

type Act = (code: string) => Promise<unknown>;

describe('a login by a code', () => {
  let folder: string;
  let server: TestAuthorizationServer;
  let delays: string[];

  const session = (profile = 'test'): Session => {
    const folders = { SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder };
    return openSession(profile, readEnvironment({ ...folders, SERVONAUT_TOKEN_STORE: 'file' }));
  };

  /** @param act what somebody does in a browser */
  const loginWith = (
    act: Act,
    profile?: string,
    url = server.url,
    stop = new AbortController().signal,
    store?: TokenStore,
  ) =>
    loginInBrowser(session(profile), {
      ...(store && { store }),
      url,
      purpose: 'executor',
      insecureHttp: false,
      show: async ({ code }) => void (await act(code)),
      onDelay: (delay) => void delays.push(delay),
      stop,
    });
  const confirm = (code: string) => server.confirm(code);
  /** @returns the id of its grant */
  const signedIn = async (): Promise<string> => {
    let grant = '';
    await loginWith(async (code) => (grant = await server.confirm(code)));
    return grant;
  };
  const keychain = (): TokenStore => {
    let kept: OauthTokens | undefined;
    return {
      place: 'keychain',
      load: () => Promise.resolve(kept),
      save: (tokens) => Promise.resolve(void (kept = tokens)),
      remove: () => Promise.resolve(void (kept = undefined)),
    };
  };
  const warn = (message: string): never => {
    throw new Error(message);
  };

  const nothingIsStored = (profile?: string): void => {
    const { paths } = session(profile);
    expect([existsSync(credentialsFile(paths)), existsSync(tokensFile(paths))]).toEqual([false, false]);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-browser-login-'));
    [server, delays] = [await TestAuthorizationServer.start(), []];
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps the tokens apart from who they are of, for their owner alone', async () => {
    const { credentials } = await loginWith(confirm);
    const { paths } = session();
    expect(credentials).toMatchObject({ url: server.url, user_name: 'ada', sign_in: { tokens_in: 'file' } });
    expect(readFileSync(credentialsFile(paths), 'utf8')).not.toContain('token":');
    expect(statSync(tokensFile(paths)).mode & 0o777).toBe(0o600);
    expect(await whoAmI(session(), warn)).toMatchObject({
      profile: 'test',
      identity: { user_name: 'ada' },
      signedIn: true,
      tokensIn: tokensFile(paths),
    });
  });

  it.each([
    ['executor', 'relay:connect'],
    ['credentials', 'credentials'],
    ['admin', 'relay:connect credentials admin'],
  ] as const)('for %s asks for %s, and no more', async (purpose, scope) => {
    server.scopes = scope.split(' ');
    const waiting = { onDelay: () => undefined, stop: new AbortController().signal };
    const show = async ({ code }: { readonly code: string }) => void (await confirm(code));
    await loginInBrowser(session(), { url: server.url, insecureHttp: false, purpose, show, ...waiting });
    expect(server.asked).toBe(scope);
  });

  it('says so when somebody denies it', async () => {
    await expect(loginWith((code) => server.deny(code))).rejects.toMatchObject({ code: 'login_denied' });
    nothingIsStored();
  });

  it('says so when the code has expired', async () => {
    await expect(loginWith((code) => server.expire(code))).rejects.toMatchObject({ code: 'login_expired' });
    nothingIsStored();
  });

  it('says so when the coordinator has forgotten the code', async () => {
    await expect(loginWith((code) => server.forget(code))).rejects.toMatchObject({ code: 'login_expired' });
  });

  it('asks less often when it is told to, and goes on', async () => {
    server.nextPoll = { error: 'slow_down' };
    await loginWith(async (code) => {
      void waitFor(() => delays.length > 0, { what: 'a refusal' }).then(() => server.confirm(code));
    });
    expect(delays).toEqual(['slow_down']);
  });

  it('goes on when the coordinator was away meanwhile', async () => {
    await loginWith(async (code) => {
      await server.confirm(code);
      server.outage = true;
      void waitFor(() => delays.length > 0, { what: 'a poll' }).then(() => (server.outage = false));
    });
    expect(delays).toEqual(['outage']);
  });

  it('can be given up, and nothing is stored', async () => {
    const stop = new AbortController();
    const givenUp = loginWith(() => Promise.resolve(stop.abort(new Error('enough'))), 'test', server.url, stop.signal);
    await expect(givenUp).rejects.toThrow('enough');
    nothingIsStored();
  });

  it('gives back a sign-in that cannot connect', async () => {
    server.scopes = ['mcp:tools'];
    let grant = '';
    const refused = loginWith(async (code) => (grant = await server.confirm(code)));
    await expect(refused).rejects.toMatchObject({ code: 'insufficient_scope' });
    expect(await server.isAlive(grant)).toBe(false);
    nothingIsStored();
  });

  it('names the address by which the coordinator knows itself', async () => {
    const elsewhere = server.url.replace('127.0.0.1', 'localhost');
    await expect(loginWith(confirm, 'test', elsewhere)).rejects.toMatchObject({
      code: 'config_invalid',
      nextStep: expect.stringContaining(`--url ${server.url}`),
    });
  });

  it('ends the sign-in that it takes the place of, as does a login with a token', async () => {
    const grants: string[] = [];
    const keep = async (code: string) => grants.push(await server.confirm(code));
    await loginWith(keep);
    expect(await loginWith(keep)).toMatchObject({ leftBehind: undefined });
    expect(await Promise.all(grants.map((id) => server.isAlive(id)))).toEqual([false, true]);
    const { access_token: token = '' } = (await new FileTokenStore(session('test').paths).load()) ?? {};
    await login(session(), { url: server.url, token, purpose: 'executor', insecureHttp: false });
    expect(await Promise.all(grants.map((id) => server.isAlive(id)))).toEqual([false, false]);
    expect(existsSync(tokensFile(session().paths))).toBe(false);
  });

  it('takes the place of one whose tokens are damaged, and says that it could not be ended', async () => {
    await loginWith(confirm);
    writeFileSync(tokensFile(session().paths), '{');
    expect(await loginWith(confirm)).toMatchObject({
      leftBehind: {
        message: expect.stringMatching(/tokens\.json is damaged/),
        nextStep: `End it at ${server.url}/account, under connected agents.`,
      },
    });
    expect(await whoAmI(session(), warn)).toMatchObject({ identity: { user_name: 'ada' } });
  });

  it.each([credentialsFile, tokensFile])('ends a former one that others can read (%p)', async (file) => {
    const grant = await signedIn();
    chmodSync(file(session().paths), 0o644);
    expect(await loginWith(confirm)).toMatchObject({ leftBehind: undefined });
    expect(await server.isAlive(grant)).toBe(false);
  });

  it.each([
    ['could be changed by others', (file: string) => chmodSync(file, 0o666)],
    ['are damaged', (file: string) => writeFileSync(file, '{')],
  ])('believes no former credentials that %s, removes their tokens and says so', async (_, spoil) => {
    const grant = await signedIn();
    spoil(credentialsFile(session().paths));
    const { access_token: token = '' } = (await new FileTokenStore(session().paths).load()) ?? {};
    const done = await login(session(), { url: server.url, token, purpose: 'executor', insecureHttp: false });
    expect(done.leftBehind?.nextStep).toBe('End it on the account page of its coordinator, under connected agents.');
    expect(existsSync(tokensFile(session().paths))).toBe(false);
    expect(await server.isAlive(grant)).toBe(true);
  });

  it('removes the tokens of the former one from a place that is used no more', async () => {
    await signedIn();
    await loginWith(confirm, 'test', server.url, undefined, keychain());
    expect(existsSync(tokensFile(session().paths))).toBe(false);
  });

  it('has taken the place of the former one before that ends, while nobody else can renew', async () => {
    await signedIn();
    const seen: unknown[] = [];
    server.onRevocation = async () => {
      const [stored, { paths }] = [await loadCredentials(session().paths), session()];
      const tokens = await new FileTokenStore(paths).load();
      seen.push('sign_in' in stored && stored.sign_in.session === tokens?.session, tokens?.refresh_token);
      seen.push(existsSync(join(paths.configDir, 'session.lock')));
    };
    const former = await new FileTokenStore(session().paths).load();
    await loginWith(confirm);
    expect(seen).toEqual([true, expect.not.stringMatching(former?.refresh_token ?? ''), true]);
  });

  it.each([
    ['its tokens', (): Promise<void> => Promise.reject(new Error('full'))],
    [
      'who it is of',
      async (tokens: OauthTokens): Promise<void> => {
        await new FileTokenStore(session().paths).save(tokens);
        const path = credentialsFile(session().paths);
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('leaves the former one as it is when it cannot store %s', async (_, save) => {
    const grant = await signedIn();
    const file = new FileTokenStore(session().paths);
    const former = await file.load();
    const store: TokenStore = {
      place: 'file',
      load: () => file.load(),
      remove: () => file.remove(),
      save: (tokens) => (tokens.session === former?.session ? file.save(tokens) : save(tokens)),
    };
    let unstored = '';
    const failed = loginWith(
      async (code) => (unstored = await server.confirm(code)),
      'test',
      server.url,
      undefined,
      store,
    );
    await expect(failed).rejects.toThrow();
    expect([await server.isAlive(grant), await server.isAlive(unstored)]).toEqual([true, false]);
    expect(await file.load()).toEqual(former);
  });

  it('is for one profile, and others are at other coordinators', async () => {
    const other = await TestAuthorizationServer.start();
    try {
      await loginWith(confirm, 'one');
      await loginWith((code) => other.confirm(code), 'two', other.url);
      expect(await coordinatorOf(session('one'))).toBe(server.url);
      expect(await coordinatorOf(session('two'))).toBe(other.url);
      await logout(session('one'));
      nothingIsStored('one');
      expect(await whoAmI(session('two'), warn)).toMatchObject({ url: other.url, identity: { user_name: 'ada' } });
    } finally {
      await other.stop();
    }
  });

  describe('is ended by logout', () => {
    it('at the coordinator and here', async () => {
      let grant = '';
      await loginWith(async (code) => (grant = await server.confirm(code)));
      expect(await logout(session())).toMatchObject({ url: server.url, user: 'ada', revoked: true });
      expect(await server.isAlive(grant)).toBe(false);
      nothingIsStored();
      await expect(whoAmI(session(), warn)).rejects.toMatchObject({ code: 'not_logged_in' });
    });

    it('here alone when the coordinator is away, and says that', async () => {
      await loginWith(confirm);
      server.outage = true;
      await expect(logout(session())).rejects.toMatchObject({
        code: 'coordinator_unreachable',
        message: expect.stringMatching(/here/),
      });
      nothingIsStored();
    });

    it('here alone when its tokens are damaged, and says that', async () => {
      await loginWith(confirm);
      writeFileSync(tokensFile(session().paths), '{');
      await expect(logout(session())).rejects.toMatchObject({
        code: 'coordinator_unreachable',
        message: expect.stringMatching(/here/),
      });
      nothingIsStored();
    });

    it('here alone when its tokens are gone or of another sign-in, and says that', async () => {
      const grant = await signedIn();
      rmSync(tokensFile(session().paths));
      const message = /here\. .*Its tokens are not on this machine/;
      const nextStep = `End it at ${server.url}/account, under connected agents.`;
      await expect(logout(session())).rejects.toMatchObject({ code: 'coordinator_unreachable', message, nextStep });
      expect(await server.isAlive(grant)).toBe(true);
      nothingIsStored();
      await expect(logout(session())).rejects.toMatchObject({ code: 'not_logged_in' });
    });

    it.each([credentialsFile, tokensFile])('although others can read %p', async (file) => {
      const grant = await signedIn();
      chmodSync(file(session().paths), 0o644);
      expect(await logout(session())).toMatchObject({ revoked: true });
      expect(await server.isAlive(grant)).toBe(false);
      nothingIsStored();
    });

    it('here alone when its credentials are damaged, and says that', async () => {
      await signedIn();
      writeFileSync(credentialsFile(session().paths), '{');
      await expect(logout(session())).rejects.toMatchObject({
        code: 'coordinator_unreachable',
        message: expect.stringMatching(/damaged/),
      });
      nothingIsStored();
    });

    it('before anything is removed here', async () => {
      await signedIn();
      const there: boolean[] = [];
      server.onRevocation = () => Promise.resolve(void there.push(existsSync(tokensFile(session().paths))));
      await logout(session());
      expect(there).toEqual([true]);
    });

    it('together with tokens that a login which was broken off has left', async () => {
      await signedIn();
      rmSync(credentialsFile(session().paths));
      await expect(logout(session())).rejects.toMatchObject({ code: 'not_logged_in' });
      nothingIsStored();
    });

    it('and what the coordinator ended is signed out', async () => {
      let grant = '';
      await loginWith(async (code) => (grant = await server.confirm(code)));
      await server.endGrant(grant);
      await expect(whoAmI(session(), warn)).rejects.toMatchObject({ code: 'signed_out' });
      expect(await loadCredentials(session().paths)).toMatchObject({ url: server.url });
    });
  });
});
