import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { executorRegistrationSchema, EXECUTOR_PATHS, openRequestsSchema } from '@servonaut/contracts';
import { aCommandResult, anExecutorToRegister, temporaryFolder, waitFor } from '@servonaut/testkit';
import { loadConfig } from './config/app-config.ts';
import { startCoordinator, type Coordinator } from './start.ts';
import { routesOf, type Route } from './testing/routes-of.ts';
import { Relay } from './modules/relay/index.ts';
import { DeliveryStore } from './modules/audit/index.ts';
import { CredentialService, Grants, Invitations, UserService, WebSessions } from './modules/auth/index.ts';
import { OauthTestClient } from './modules/auth/oauth/testing/oauth-client.ts';
import { Browser } from './modules/auth/pages/testing/browser.ts';
import { PASSWORD } from './modules/auth/people/testing/people.ts';

/** In every name that Ada gives, so that one look finds whatever is shown of hers. */
const HERS = 'ada-lovelace';
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** What answers with what is the caller's own; every other route has to refuse. */
const OWN = new Set([
  'POST /api/cli/executors',
  'GET /api/cli/identity',
  'GET /api/cli/mercure-token',
  'GET /api/cli/status',
  'POST /mcp',
  'GET /mcp/sse',
]);

interface Person {
  readonly userId: string;
  /** Of a credential with every scope but `admin`, which is there to see everybody. */
  readonly token: string;
  readonly credentialId: string;
  /** From a sign-in of the command line. */
  readonly accessToken: string;
}

let coordinator: Coordinator;
let url: string;
let ada: Person;
let bob: Person;
let ids: Readonly<
  Record<'executor' | 'request' | 'invitation' | 'session' | 'grant' | 'deadLetter' | 'stream', string>
>;
const end = new AbortController();

beforeAll(async () => {
  const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
  coordinator = await startCoordinator(loadConfig(settings), () => undefined);
  url = coordinator.config.publicUrl;
  [ada, bob] = [await aPerson(HERS), await aPerson('bob')];
  ids = await thingsOf(ada);
}, 90_000);
afterAll(async () => {
  end.abort();
  await coordinator.app.close();
});

async function aPerson(name: string): Promise<Person> {
  const { app } = coordinator;
  const email = `${name}@example.com`;
  const invited = await app.get(Invitations).invite({ email, role: 'member' }, null);
  const [browser, { pathname }] = [new Browser(url), new URL(invited.url)];
  await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
  const users = await app.get(UserService).list({ after: '0', limit: 10 });
  const userId = users.find((user) => user.email === email)?.id ?? '';
  const limits = { tools: null, servers: null, expiresAt: null, createdBy: null };
  const wanted = { userId, label: name, scopes: ['mcp:tools', 'relay:connect'] as const, ...limits };
  const { facts, token } = await app.get(CredentialService).issue(wanted);
  return { userId, token, credentialId: facts.id, accessToken: await signInDevice(browser) };
}

async function signInDevice(browser: Browser): Promise<string> {
  const client = new OauthTestClient(url);
  const device = await client.askForDevice();
  const form = (text: string) => ({
    xsrf: /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? '',
    user_code: String(device['user_code']),
  });
  const shown = await browser.post('/device', form((await browser.get('/device')).text));
  let answer = await browser.post('/device', { ...form(shown.text), confirm: 'yes' });
  let at = '';
  const follow = async (): Promise<void> => {
    while (answer.location !== null) {
      const { pathname, search } = new URL(answer.location, url);
      at = pathname + search;
      answer = await browser.get(at);
    }
  };
  await follow();
  answer = await browser.submit(answer, `${at}/consent`, { answer: 'allow' });
  await follow();
  return String((await client.poll(device))['access_token']);
}

/** One of everything that has an id. */
async function thingsOf({ userId, token }: Person): Promise<typeof ids> {
  const { app } = coordinator;
  const manifest = { ...anExecutorToRegister().manifest, servers: [{ name: HERS, labels: {} }] };
  const registered = await ask(token, 'POST', EXECUTOR_PATHS.register, { profile: HERS, version: '1', manifest });
  const executor = executorRegistrationSchema.parse(JSON.parse(registered.text)).executor_id;
  const call = { tool: 'run_command', server: HERS, payload: { command: `echo ${HERS}` }, timeoutSeconds: 300 };
  const principal = { kind: 'credential', id: 'c', label: HERS } as const;
  void app
    .get(Relay)
    .dispatch({ userId, principal, ...call, signal: end.signal })
    .catch(() => undefined);
  const request = await waitFor(() => openRequest(executor), { what: 'the request' });
  const invited = await app.get(Invitations).invite({ email: `${HERS}@example.org`, role: 'member' }, userId);
  const [session] = await app.get(WebSessions).list(userId);
  const [grant] = await app.get(Grants).list(userId);
  const invitation = invited.invitation.id;
  const about = { chain: `user:${userId}`, firstSeq: 1, lastSeq: 1, error: HERS };
  await app.get(DeliveryStore).giveUp(about);
  const [letter] = await app.get(DeliveryStore).deadLetters({ after: 0, limit: 1 });
  return {
    executor,
    request,
    invitation,
    session: session!.id,
    grant: grant!.id,
    deadLetter: String(letter!.id),
    stream: await openStream(token),
  };
}

async function openRequest(executor: string): Promise<string | undefined> {
  const { text } = await ask(ada.token, 'GET', `${EXECUTOR_PATHS.openRequests}?executor_id=${executor}`);
  return openRequestsSchema.parse(JSON.parse(text)).requests[0]?.id;
}

async function openStream(token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await fetch(`${url}/mcp/sse`, { headers, signal: end.signal });
  const { value } = await body!.pipeThrough(new TextDecoderStream()).getReader().read();
  return /sessionId=([\w-]+)/.exec(value ?? '')?.[1] ?? '';
}

/** Reads the whole answer, and of a stream what comes first. */
async function ask(token: string, method: string, path: string, body?: object) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) };
  const answer = await fetch(url + path, { method, headers, ...sent });
  let text = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes('data:')) break;
  }
  return { status: answer.status, text };
}

/** The route with Ada's ids in its address. */
function addressOf({ path }: Route): string {
  const address = path
    .replace('users/:id', `users/${ada.userId}`)
    .replace('credentials/:id', `credentials/${ada.credentialId}`)
    .replace('invitations/:id', `invitations/${ids.invitation}`)
    .replace('sessions/:session', `sessions/${ids.session}`)
    .replace('dead-letters/:id', `dead-letters/${ids.deadLetter}`)
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
  };
  return bodies[path] ?? {};
}

/** All that is Ada's and could be ended or changed. */
async function whatAdaHas() {
  const { app } = coordinator;
  const credentials = await app.get(CredentialService).list(ada.userId);
  return {
    user: await app.get(UserService).get(ada.userId),
    credentials: credentials.map(({ id, revokedAt }) => ({ id, revokedAt })),
    sessions: (await app.get(WebSessions).list(ada.userId)).map(({ id }) => id),
    grants: (await app.get(Grants).list(ada.userId)).map(({ id }) => id),
    invitations: (await app.get(Invitations).list()).map(({ id }) => id),
    request: await openRequest(ids.executor),
    status: JSON.parse((await ask(ada.token, 'GET', EXECUTOR_PATHS.status)).text).executors,
  };
}

describe("somebody who knows all ids of another user's", () => {
  it.each([
    ['a credential', () => bob.token, /^\/(api\/(?!docs)|mcp)/],
    ['an access token', () => bob.accessToken, /^\/api\/(?!docs)/],
  ])('reaches nothing of it with %s, at any route', async (_, tokenOf, door) => {
    const before = await whatAdaHas();
    const routes = routesOf(coordinator).filter(({ method, path }) => METHODS.has(method) && door.test(path));
    expect(routes.length).toBeGreaterThan(20);
    const faults: string[] = [];
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      const address = addressOf(route);
      if (address.includes(':')) faults.push(`${name}: an id that this test does not know`);
      const { status, text } = await ask(tokenOf(), route.method, address, bodyOf(route));
      // 405 is for the methods that an address does not have.
      if (OWN.has(name) ? status !== 200 : ![403, 404, 405].includes(status)) faults.push(`${name}: ${status} ${text}`);
      const shown = [HERS, `/cli/${ada.userId}/`, ...(OWN.has(name) ? [ids.executor] : [])];
      if (shown.some((each) => text.includes(each))) faults.push(`${name} shows ${text}`);
    }
    expect(faults).toEqual([]);
    expect(await whatAdaHas()).toEqual(before);
  });
});
