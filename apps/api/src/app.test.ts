import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from './config/app-config.ts';
import { startCoordinator, type Coordinator } from './start.ts';
import { isServed, routesOf, watchLibraryRoutes, type Route } from './testing/routes-of.ts';

/** Open to whom else than everybody, its page says: so a stranger is asked for a token there. */
const ASKS_STRANGERS = new Set(['GET /metrics', 'ANY /.well-known/mercure']);
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
  let libraryRoutes: ReadonlyMap<string, Route>;
  const printed: string[] = [];

  beforeAll(async () => {
    libraryRoutes = await watchLibraryRoutes();
    const settings = loadConfig({ SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' });
    coordinator = await startCoordinator(settings, (text) => void printed.push(text));
  }, 60_000);
  afterAll(() => coordinator.app.close());

  it('greets the newcomer once, with the port that it has', () => {
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain(`http://127.0.0.1:${coordinator.listener.port}/mcp`);
  });

  describe('for docs/security/public-routes.md', () => {
    let listed: Route[];
    let open: Route[];

    beforeAll(async () => {
      const page = await readFile(new URL('../../../docs/security/public-routes.md', import.meta.url), 'utf8');
      listed = [...page.matchAll(/^\| `([A-Z]+) ([^`]+)`/gm)].map(([, method = '', path = '']) => ({ method, path }));
      open = [];
      for (const route of [...routesOf(coordinator), ...[...libraryRoutes.values()].filter(isServed)])
        if ((await statusFor(coordinator, route)) !== 401) open.push(route);
    }, 30_000);

    it('has found the routes of its own and those of the library', () => {
      expect(routesOf(coordinator).length).toBeGreaterThan(20);
      expect([...libraryRoutes.keys()]).toEqual(expect.arrayContaining(['POST /oauth/token', 'GET /device/:uid']));
    });

    it('answers without a token nowhere but where that says so', () => {
      // What reads the forms of a page is a route to the router too, with a slash at its end; what shows the documentation are several.
      const isListed = ({ method, path }: Route) =>
        path.startsWith('/api/docs') ||
        listed.some((row) => row.path === path.replace(/\/$/, '') && ['ANY', method].includes(row.method));
      expect(open.filter((route) => !isListed(route))).toEqual([]);
    });

    it('hands no other route to the library', async () => {
      for (const route of [...libraryRoutes.values()].filter((each) => !isServed(each)))
        expect([route, await statusFor(coordinator, route)]).toEqual([route, 404]);
    });

    it('answers without a token wherever that says so', () => {
      const answers = ({ method, path }: Route) =>
        open.some((route) => route.path === path && (method === 'ANY' || route.method === method));
      const others = listed.filter(({ method, path }) => !ASKS_STRANGERS.has(`${method} ${path}`));
      expect(others.filter((row) => !answers(row))).toEqual([]);
      expect(others.length).toBe(listed.length - ASKS_STRANGERS.size);
    });
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
