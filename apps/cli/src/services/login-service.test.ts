import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServonautError, toProblem, type Identity } from '@servonaut/contracts';
import { credentialsFile, loadCredentials } from '../session/credentials.ts';
import { readEnvironment } from '../session/environment.ts';
import { openSession, type Session } from '../session/session.ts';
import { shownSettings } from './config-service.ts';
import { login } from './login-service.ts';

const IDENTITY: Identity = {
  user_id: '42',
  user_name: 'ada',
  label: 'laptop',
  scopes: ['relay:connect'],
  expires_at: null,
  keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'k' }],
  server_time: '2026-11-22T10:00:00.000Z',
};

describe('login', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let session: Session;
  let identity: Partial<Identity>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-login-'));
    session = openSession('test', readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder }));
    identity = IDENTITY;
    server = createServer((request, response) => {
      const known = request.url === '/api/cli/identity' && request.headers.authorization === 'Bearer good';
      const problem = toProblem(new ServonautError('token_invalid'));
      response.writeHead(known ? 200 : problem.status).end(JSON.stringify(known ? identity : problem));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it('stores the token with the keys that the coordinator shows now', async () => {
    await login(session, { url, token: 'good', purpose: 'executor', insecureHttp: false });
    expect(await loadCredentials(session.paths)).toMatchObject({
      url,
      token: 'good',
      user_id: '42',
      pinned_keys: IDENTITY.keys,
    });
  });

  it.each([
    ['a token that is not known', { token: 'bad' }, {}, 'token_invalid'],
    ['a token that cannot connect', { token: 'good' }, { scopes: ['mcp:tools'] }, 'insufficient_scope'],
    ['something that is no coordinator', { token: 'good' }, { keys: [] }, 'coordinator_unreachable'],
  ])('stores nothing of %s', async (_, request, changes, code) => {
    identity = { ...IDENTITY, ...changes };
    await expect(login(session, { url, purpose: 'executor', insecureHttp: false, ...request })).rejects.toMatchObject({
      code,
    });
    expect(existsSync(credentialsFile(session.paths))).toBe(false);
  });

  it('is shown by the settings without its token', async () => {
    expect(JSON.stringify(await shownSettings(session))).toContain('(not logged in)');
    await login(session, { url, token: 'good', purpose: 'executor', insecureHttp: false });
    const shown = await shownSettings(session);
    expect(shown.find(({ name }) => name === 'url')).toMatchObject({
      value: url,
      source: credentialsFile(session.paths),
    });
    expect(JSON.stringify(shown)).not.toContain('"good"');
  });
});
