import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@servonaut/testkit';
import { credentialsFile, loadCredentials } from '../session/credentials.ts';
import { readEnvironment } from '../session/environment.ts';
import { FileTokenStore, tokensFile } from '../session/file-token-store.ts';
import { openSession, type Session } from '../session/session.ts';
import { TestAuthorizationServer } from '../session/testing/authorization-server.ts';
import { loginInBrowser } from './browser-login.ts';
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
  const loginWith = (act: Act, profile?: string, url = server.url, stop = new AbortController().signal) =>
    loginInBrowser(session(profile), {
      url,
      insecureHttp: false,
      show: async ({ code }) => void (await act(code)),
      onDelay: (delay) => void delays.push(delay),
      stop,
    });
  const confirm = (code: string) => server.confirm(code);
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
      nextStep: `Use --url ${server.url}.`,
    });
  });

  it('ends the sign-in that it takes the place of, as does a login with a token', async () => {
    const grants: string[] = [];
    const keep = async (code: string) => grants.push(await server.confirm(code));
    await loginWith(keep);
    expect(await loginWith(keep)).toMatchObject({ leftBehind: undefined });
    expect(await Promise.all(grants.map((id) => server.isAlive(id)))).toEqual([false, true]);
    const { access_token: token = '' } = (await new FileTokenStore(session('test').paths).load()) ?? {};
    await login(session(), { url: server.url, token, insecureHttp: false });
    expect(await Promise.all(grants.map((id) => server.isAlive(id)))).toEqual([false, false]);
    expect(existsSync(tokensFile(session().paths))).toBe(false);
  });

  it('takes the place of one whose tokens are damaged, and says that it could not be ended', async () => {
    await loginWith(confirm);
    writeFileSync(tokensFile(session().paths), '{');
    expect(await loginWith(confirm)).toMatchObject({ leftBehind: { code: 'config_invalid' } });
    expect(await whoAmI(session(), warn)).toMatchObject({ identity: { user_name: 'ada' } });
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
      await expect(logout(session())).rejects.toMatchObject({ code: 'coordinator_unreachable', message: /here/ });
      nothingIsStored();
    });

    it('here alone when its tokens are damaged, and says that', async () => {
      await loginWith(confirm);
      writeFileSync(tokensFile(session().paths), '{');
      await expect(logout(session())).rejects.toMatchObject({ code: 'coordinator_unreachable', message: /here/ });
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
