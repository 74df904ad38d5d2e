import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXECUTOR_PATHS } from '@servonaut/contracts';
import { aCommandResult, anExecutorToRegister, temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from './config/app-config.ts';
import { startCoordinator, type Coordinator } from './start.ts';
import { isServed, routesOf, watchLibraryRoutes, type Route } from './testing/routes-of.ts';
import { aPerson, ask, openRequest, thingsOf, type Person, type Things } from './testing/somebodys-things.ts';
import { CredentialService, Grants, Invitations, UserService, WebSessions } from './modules/auth/index.ts';
import { FormTokens } from './modules/auth/pages/form-tokens.ts';
import { html } from './modules/auth/pages/html.ts';
import { DelegationQuery } from './modules/entitlements/index.ts';
import { DATABASE, type Database } from './platform/database/database.ts';
import { passkeys } from './platform/database/schema.ts';
import { hiddenFields } from './modules/auth/pages/testing/browser.ts';

/** In every name that Ada gives, so that one look finds whatever is shown of hers. */
const HERS = 'ada-lovelace';
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** What answers with what is the caller's own; every other route has to refuse. */
const OWN = new Set([
  'POST /api/me/credentials',
  'GET /api/me/credentials',
  'GET /api/me/delegations',
  'GET /api/me/delegations/received',
  'GET /api/me/entitlements',
  'GET /api/me/audit/executor-hashes',
  'POST /api/cli/executors',
  'GET /api/cli/identity',
  'GET /api/cli/mercure-token',
  'GET /api/cli/status',
  'POST /mcp',
  'GET /mcp/sse',
]);

let coordinator: Coordinator;
let url: string;
let ada: Person;
let bob: Person;
let ids: Things;
let libraryRoutes: ReadonlyMap<string, Route>;
const end = new AbortController();

beforeAll(async () => {
  libraryRoutes = await watchLibraryRoutes();
  const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
  coordinator = await startCoordinator(loadConfig(settings), () => undefined);
  url = coordinator.config.publicUrl;
  [ada, bob] = [await aPerson(coordinator, HERS), await aPerson(coordinator, 'bob')];
  ids = await thingsOf(coordinator, ada, end.signal);
}, 90_000);
afterAll(async () => {
  end.abort();
  await coordinator.app.close();
});

/** What a page of ours would send to `path`, if one led there for somebody who is signed in. */
async function formTo(path: string, { userId, browser }: Person): Promise<Record<string, string>> {
  const [session] = await coordinator.app.get(WebSessions).list(userId);
  const form = coordinator.app.get(FormTokens).maker(browser.cookies.get('svn_visitor') ?? '', session?.id);
  return { ...hiddenFields({ text: form(path, html``).toString() }, path), answer: 'allow' };
}

/** The route with Ada's ids in its address. */
function addressOf({ path }: Route): string {
  const address = path
    .replace('users/:id', `users/${ada.userId}`)
    .replace('credentials/:id', `credentials/${ada.credentialId}`)
    .replace('invitations/:id', `invitations/${ids.invitation}`)
    .replace(/sessions\/:(?:session|id)/, `sessions/${ids.session}`)
    .replace('agents/:id', `agents/${ids.grant}`)
    .replace('passkeys/:id', `passkeys/${ids.passkey}`)
    .replace(':uid', ids.flow)
    .replace('plans/:id', 'plans/free')
    .replace('grants/:grant', `grants/${ids.grant}`)
    .replace('dead-letters/:id', `dead-letters/${ids.deadLetter}`)
    .replace('delegations/:id', `delegations/${ids.delegation}`)
    .replace('received/:id', `received/${ids.delegation}`)
    .replace('teams/:team', `teams/${ids.team}`)
    .replace('members/:user', `members/${ada.userId}`)
    .replace('executors/:id', `executors/${ids.executor}`)
    .replace('requests/:id', `requests/${ids.request}`)
    .replace('command-result/:id', `command-result/${ids.request}`);
  if (address === EXECUTOR_PATHS.openRequests) return `${address}?executor_id=${ids.executor}`;
  return address === '/mcp/message' ? `${address}?sessionId=${ids.stream}` : address;
}

/** What somebody sends there who knows Ada's ids. */
function bodyOf({ path }: Route): object {
  const named = { request_id: ids.request, executor_id: ids.executor };
  const lookUp = { name: 'get_request', arguments: { request_id: ids.request } };
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: lookUp };
  const result = { ...aCommandResult({ request_id: ids.request }), executor_id: ids.executor };
  const bodies: Readonly<Record<string, object>> = {
    [EXECUTOR_PATHS.register]: anExecutorToRegister({ executor_id: ids.executor }),
    [EXECUTOR_PATHS.heartbeat]: { executor_id: ids.executor, state: 'offline' },
    [EXECUTOR_PATHS.ack]: named,
    [EXECUTOR_PATHS.progress]: { ...named, sequence: 0, stream: 'stdout', chunk: 'x' },
    [EXECUTOR_PATHS.result]: result,
    [`${EXECUTOR_PATHS.result}/:id`]: result,
    '/mcp': message,
    '/mcp/message': message,
    '/api/me/delegations': { to: { team: 'nobody' }, servers: ['*'] },
    '/api/me/delegations/:id': { servers: ['*'] },
    '/api/me/credentials': { label: randomUUID() },
    '/api/me/credentials/:id': { label: 'taken' },
  };
  return bodies[path] ?? {};
}

/** All that is Ada's and could be ended or changed. */
async function whatAdaHas() {
  const { app } = coordinator;
  const credentials = await app.get(CredentialService).list({ userId: ada.userId });
  return {
    user: await app.get(UserService).get(ada.userId),
    credentials: credentials.map(({ id, revokedAt }) => ({ id, revokedAt })),
    sessions: (await app.get(WebSessions).list(ada.userId)).map(({ id }) => id),
    grants: (await app.get(Grants).list(ada.userId)).map(({ id }) => id),
    passkeys: await app.get<Database>(DATABASE).select().from(passkeys),
    invitations: (await app.get(Invitations).list()).map(({ id }) => id),
    delegation: await app.get(DelegationQuery).get(ids.delegation),
    request: await openRequest(url, ada.token, ids.executor),
    status: JSON.parse((await ask(url, ada.token, 'GET', EXECUTOR_PATHS.status)).text).executors,
  };
}

describe("somebody who knows all ids of another user's", () => {
  it.each([
    ['a credential', () => bob.token, /^\/(api\/(?!docs)|mcp)/, 20],
    ['an access token of the command line', () => bob.accessToken, /^\/api\/(?!docs)/, 20],
    ['an access token of an agent', () => bob.agentToken, /^\/mcp/, 3],
  ])('reaches nothing of it with %s, at any route', async (_, tokenOf, door, atLeast) => {
    const before = await whatAdaHas();
    const routes = routesOf(coordinator).filter(({ method, path }) => METHODS.has(method) && door.test(path));
    expect(routes.length).toBeGreaterThan(atLeast);
    const faults: string[] = [];
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      const address = addressOf(route);
      if (address.includes(':')) faults.push(`${name}: an id that this test does not know`);
      const { status, text } = await ask(url, tokenOf(), route.method, address, bodyOf(route));
      // 405 is for the methods that an address does not have.
      if (OWN.has(name) ? status !== 200 && status !== 201 : ![403, 404, 405].includes(status))
        faults.push(`${name}: ${status} ${text}`);
      const shown = [HERS, `/cli/${ada.userId}/`, ...(OWN.has(name) ? [ids.executor] : [])];
      if (shown.some((each) => text.includes(each))) faults.push(`${name} shows ${text}`);
    }
    expect(faults).toEqual([]);
    expect(await whatAdaHas()).toEqual(before);
  });

  it('reaches nothing of it in a browser, at any page', async () => {
    const before = await whatAdaHas();
    const isOfPages = ({ method, path }: Route) =>
      METHODS.has(method) && path.includes('/:') && !/^\/(?:api|mcp)/.test(path);
    // The secret of an invitation is no id: who has it, is invited.
    const routes = [...routesOf(coordinator), ...[...libraryRoutes.values()].filter(isServed)].filter(
      (route) => isOfPages(route) && !route.path.startsWith('/invitation/'),
    );
    expect(routes.length).toBeGreaterThan(5);
    const faults: string[] = [];
    for (const route of routes) {
      const address = addressOf(route);
      const name = `${route.method} ${route.path}`;
      if (address.includes(':')) faults.push(`${name}: an id that this test does not know`);
      const asking =
        route.method === 'GET' ? bob.browser.get(address) : bob.browser.post(address, await formTo(address, bob));
      const { status, text } = await asking;
      if (![400, 403, 404, 405].includes(status)) faults.push(`${name}: ${status} ${text}`);
      if (text.includes(HERS)) faults.push(`${name} shows ${text}`);
    }
    expect(faults).toEqual([]);
    expect(await whatAdaHas()).toEqual(before);
    expect((await ada.browser.get(`/sign-in/${ids.flow}`)).status).toBe(200);
  });

  it('runs nothing on her servers, and sees none of them', async () => {
    const call = async (name: string, given: object) => {
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: given } };
      return (await ask(url, bob.token, 'POST', '/mcp', message)).text;
    };
    expect(await call('run_command', { server: HERS, command: 'id' })).toMatch(/"isError":true/);
    expect(await call('list_servers', {})).not.toContain(HERS);
  });
});
