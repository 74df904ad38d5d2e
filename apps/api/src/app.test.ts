import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from './config/app-config.ts';
import { startCoordinator, type Coordinator } from './start.ts';
import { routesOf, type Route } from './testing/routes-of.ts';

const LARGE = 4 * 1024 * 1024;

/** Asks as a stranger: through a proxy, without a token. `fetch` would refuse some methods. */
async function statusFor({ config }: Coordinator, { method, path }: Route): Promise<number> {
  const address = path.replaceAll(/:\w+/g, '1').replaceAll(/\{?\/?\*\w*\}?/g, '/x');
  return new Promise((resolve, reject) => {
    const url = new URL(address, config.publicUrl);
    const request = httpRequest(url, { method, headers: { 'X-Forwarded-For': '203.0.113.9' } }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}

/** Announces 4 MiB of JSON, and sends of them what the coordinator takes. */
function startSending(url: URL, given: Readonly<Record<string, string>>) {
  const headers = { 'content-type': 'application/json', 'content-length': String(LARGE), ...given };
  const request = httpRequest(url, { method: 'POST', headers });
  const [status, cutOff] = [Promise.withResolvers<number | undefined>(), Promise.withResolvers<void>()];
  request.on('response', (response) => status.resolve(response.resume().statusCode));
  request.on('error', status.reject);
  request.on('close', cutOff.resolve);
  request.write('[');
  return { status: status.promise, cutOff: cutOff.promise };
}

describe('the coordinator', () => {
  let coordinator: Coordinator;
  const printed: string[] = [];

  beforeAll(async () => {
    const settings = loadConfig({ SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' });
    coordinator = await startCoordinator(settings, (text) => void printed.push(text));
  }, 60_000);
  afterAll(() => coordinator.app.close());

  it('greets the newcomer once, with the port that it has', () => {
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain(`http://127.0.0.1:${coordinator.listener.port}/mcp`);
  });

  it('answers without a token only where docs/security/public-routes.md says so', async () => {
    const page = await readFile(new URL('../../../docs/security/public-routes.md', import.meta.url), 'utf8');
    const listed = new Set([...page.matchAll(/^\| `\w+ ([^`]+)`/gm)].map(([, path]) => path));
    // What reads the forms of a page is a route to the router too, with a slash at its end.
    const isListed = (path: string) => listed.has(path.replace(/\/$/, '')) || path.startsWith('/api/docs');
    const routes = routesOf(coordinator);
    expect(routes.length).toBeGreaterThan(20);
    const open: string[] = [];
    for (const route of routes) {
      const status = await statusFor(coordinator, route);
      if (status !== 401 && !isListed(route.path)) open.push(`${route.method} ${route.path}: ${status}`);
    }
    expect(open).toEqual([]);
  });

  it.each(['/metrics', '/.well-known/mercure?topic=%2Fcli%2F1%2Fcommands'])(
    'asks a stranger for a token at %s',
    async (path) => {
      expect(await statusFor(coordinator, { method: 'GET', path })).toBe(401);
    },
  );

  it.each([
    ['no token', {}],
    ['a token of no credential', { authorization: `Bearer svn_${'0'.repeat(16)}_${'A'.repeat(43)}` }],
  ])(
    'refuses a stranger with %s who has a large body to send, before it has come',
    async (_, headers) => {
      for (const path of ['/mcp', '/mcp/message', '/api/cli/command-result', '/api/admin/users']) {
        const sending = startSending(new URL(path, coordinator.config.publicUrl), headers);
        expect([path, await sending.status]).toEqual([path, 401]);
        await sending.cutOff;
      }
    },
    30_000,
  );

  it('does not say to a stranger what is wrong with a body', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${coordinator.config.publicUrl}/mcp`, { method: 'POST', headers, body: '{"' });
    expect(answer.status).toBe(401);
  });

  it('says at once that the port is taken', async () => {
    const settings = loadConfig({
      SERVONAUT_DATA_DIR: await temporaryFolder(),
      PORT: String(coordinator.listener.port),
      LOG_LEVEL: 'silent',
    });
    await expect(startCoordinator(settings, () => undefined)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('already in use'),
    });
  });

  it('says that the data folder is taken, and gives its own port back', async () => {
    const taken = loadConfig({ SERVONAUT_DATA_DIR: coordinator.config.dataDir, PORT: '0', LOG_LEVEL: 'silent' });
    await expect(startCoordinator(taken, () => undefined)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(coordinator.config.dataDir),
    });
  });
});
