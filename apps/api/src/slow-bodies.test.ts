import { request as httpRequest } from 'node:http';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EXECUTOR_PATHS } from '@servonaut/contracts';
import { anExecutorToRegister, temporaryFolder, waitFor } from '@servonaut/testkit';
import { loadConfig } from './config/app-config.ts';
import { FirstStart, type BootstrapFacts } from './modules/admin/index.ts';
import { CredentialService, TokenVerifier, UserService } from './modules/auth/index.ts';
import { ExecutorRegistry } from './modules/relay/executors/executor-registry.ts';
import { startCoordinator, type Coordinator } from './start.ts';

const toolsList = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };

describe('a body that comes long after its token was verified', () => {
  let coordinator: Coordinator;
  let admin: BootstrapFacts;
  let victim: string;

  beforeAll(async () => {
    const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    admin = JSON.parse(await readFile(coordinator.app.get(FirstStart).file, 'utf8')) as BootstrapFacts;
    victim = (await coordinator.app.get(UserService).create('boris')).id;
  }, 60_000);
  afterAll(() => coordinator.app.close());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const service = () => coordinator.app.get(CredentialService);
  const issue = (scope: 'admin' | 'mcp:tools' | 'relay:connect', expiresAt: Date | null = null) =>
    service().issue({
      userId: admin.user_id,
      label: 'slow',
      scopes: [scope],
      tools: null,
      servers: null,
      expiresAt,
      createdBy: null,
    });

  /** Sends headers and half of the body; resolves when the token has been verified. `finish` sends the rest. */
  async function startSending(path: string, token: string, body: object) {
    const verified = jest.spyOn(coordinator.app.get(TokenVerifier), 'verify');
    const text = JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'content-length': String(Buffer.byteLength(text)),
    };
    const request = httpRequest(new URL(path, coordinator.config.publicUrl), { method: 'POST', headers });
    const status = new Promise<number | undefined>((resolve, reject) => {
      request.on('response', (response) => resolve(response.resume().statusCode));
      request.on('error', reject);
    });
    request.write(text.slice(0, 5));
    await waitFor(() => verified.mock.results.length > 0, { what: 'the look at the token' });
    await verified.mock.results[0]?.value;
    const finish = (): Promise<number | undefined> => {
      request.end(text.slice(5));
      return status;
    };
    return { finish };
  }

  const routes = [
    ['admin', () => `/api/admin/users/${victim}/credentials`, { label: 'stolen', scopes: ['mcp:tools'] }, 201],
    ['mcp:tools', () => '/mcp', toolsList, 200],
    ['relay:connect', () => EXECUTOR_PATHS.register, anExecutorToRegister(), 200],
  ] as const;

  /** What the routes above would have changed. */
  const traces = async () => ({
    credentials: (await service().list({ userId: victim })).length,
    executors: (await coordinator.app.get(ExecutorRegistry).list(admin.user_id)).length,
  });

  it.each(routes)('counts for nothing when its %s token was revoked meanwhile', async (scope, path, body, _) => {
    const before = await traces();
    const { token, facts } = await issue(scope);
    const { finish } = await startSending(path(), token, body);
    await service().revoke(facts.id);
    expect(await finish()).toBe(401);
    expect(await traces()).toEqual(before);
  });

  it.each(routes)('counts for nothing when its %s token expired meanwhile', async (scope, path, body, _) => {
    const before = await traces();
    const { token } = await issue(scope, new Date(Date.now() + 60_000));
    const { finish } = await startSending(path(), token, body);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    expect(await finish()).toBe(401);
    expect(await traces()).toEqual(before);
  });

  it.each(routes)(
    'is taken when some other token was revoked, and the %s token is good',
    async (scope, path, body, ok) => {
      const { token } = await issue(scope);
      const other = await issue(scope);
      const { finish } = await startSending(path(), token, body);
      await service().revoke(other.facts.id);
      expect(await finish()).toBe(ok);
    },
  );
});
