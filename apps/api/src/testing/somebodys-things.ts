import { randomBytes } from 'node:crypto';
import { delegationSchema, executorRegistrationSchema, EXECUTOR_PATHS, openRequestsSchema } from '@servonaut/contracts';
import { anExecutorToRegister, waitFor } from '@servonaut/testkit';
import { eq } from 'drizzle-orm';
import { AuditQuery, DeliveryStore } from '../modules/audit/index.ts';
import { CredentialService, Grants, Invitations, WebSessions } from '../modules/auth/index.ts';
import { pkce } from '../modules/auth/oauth/testing/oauth-browser.ts';
import { OauthTestClient } from '../modules/auth/oauth/testing/oauth-client.ts';
import { Browser } from '../modules/auth/pages/testing/browser.ts';
import { signInDevice } from '../modules/auth/pages/testing/device-sign-in.ts';
import { PASSWORD } from '../modules/auth/people/testing/people.ts';
import { TeamService } from '../modules/entitlements/index.ts';
import { Relay } from '../modules/relay/index.ts';
import { DATABASE, type Database } from '../platform/database/database.ts';
import { passkeys, users } from '../platform/database/schema.ts';
import type { Coordinator } from '../start.ts';

export interface Person {
  /** In all that is theirs and has a name. */
  readonly name: string;
  readonly userId: string;
  /** Of a credential with every scope but `admin`, which is there to see everybody. */
  readonly token: string;
  readonly credentialId: string;
  /** From a sign-in of the command line. */
  readonly accessToken: string;
  /** From one of an agent's kind. */
  readonly agentToken: string;
  /** In which they have signed in. */
  readonly browser: Browser;
}

/** The ids of one of everything that has one. */
export interface Things {
  readonly executor: string;
  readonly request: string;
  readonly invitation: string;
  readonly session: string;
  readonly grant: string;
  readonly passkey: string;
  /** What the webhook has not taken. */
  readonly deadLetter: string;
  /** To which they let their servers be used. */
  readonly team: string;
  readonly delegation: string;
  /** Of HTTP+SSE. */
  readonly stream: string;
  /** A sign-in that an agent has begun, and that waits for an answer. */
  readonly flow: string;
}

/** Somebody who has accepted an invitation, and signed in. */
export async function aPerson({ app, config }: Coordinator, name: string): Promise<Person> {
  const url = config.publicUrl;
  const email = `${name}@example.com`;
  const invited = await app.get(Invitations).invite({ email, role: 'member' }, null);
  const [browser, { pathname }] = [new Browser(url), new URL(invited.url)];
  await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
  const [user] = await app.get<Database>(DATABASE).select({ id: users.id }).from(users).where(eq(users.email, email));
  const userId = String(user!.id);
  const limits = { tools: null, servers: null, expiresAt: null, createdBy: null };
  const wanted = { userId, label: name, scopes: ['mcp:tools', 'relay:connect', 'credentials'] as const, ...limits };
  const { facts, token } = await app.get(CredentialService).issue(wanted);
  const signIn = async (asked?: Readonly<Record<string, string>>) =>
    String((await signInDevice(url, browser, asked))['access_token']);
  const accessToken = await signIn();
  const agentToken = await signIn({ resource: `${url}/mcp`, scope: 'mcp:tools' });
  return { name, userId, token, credentialId: facts.id, accessToken, agentToken, browser };
}

/** @param end of a request and a stream, which stay open until then */
export async function thingsOf(
  { app, config }: Coordinator,
  { name, userId, token, accessToken, browser }: Person,
  end: AbortSignal,
): Promise<Things> {
  const url = config.publicUrl;
  const manifest = { ...anExecutorToRegister().manifest, servers: [{ name, labels: {} }] };
  const registered = await ask(url, token, 'POST', EXECUTOR_PATHS.register, { profile: name, version: '1', manifest });
  const executor = executorRegistrationSchema.parse(JSON.parse(registered.text)).executor_id;
  const call = { tool: 'run_command', server: name, payload: { command: `echo ${name}` }, timeoutSeconds: 300 };
  const principal = { kind: 'credential', id: 'c', label: name } as const;
  void app
    .get(Relay)
    .dispatch({ userId, principal, ...call, signal: end })
    .catch(() => undefined);
  const request = await waitFor(() => openRequest(url, token, executor), { what: 'the request' });
  const invited = await app.get(Invitations).invite({ email: `${name}@example.org`, role: 'member' }, null);
  const [session] = await app.get(WebSessions).list(userId);
  const [grant] = await app.get(Grants).list(userId);
  const invitation = invited.invitation.id;
  const [stream, flow] = [await openStream(url, token, end), await beginFlow(url, browser)];
  const passkey = await aPasskey(app.get<Database>(DATABASE), userId);
  const deadLetter = await aDeadLetter({ app }, userId, name);
  const { id: team } = await app.get(TeamService).make(name);
  const given = await ask(url, accessToken, 'POST', '/api/me/delegations', { to: { team: name }, servers: [name] });
  const { id: delegation } = delegationSchema.parse(JSON.parse(given.text));
  const found = { session: session!.id, grant: grant!.id, team, delegation };
  return { executor, request, invitation, ...found, passkey, deadLetter, stream, flow };
}

/** The row alone: nobody signs in with it. */
async function aPasskey(database: Database, userId: string): Promise<string> {
  const id = randomBytes(16).toString('base64url');
  const row = { id, userId: Number(userId), userHandle: id, publicKey: '', counter: 0, label: 'phone' };
  await database.insert(passkeys).values(row);
  return id;
}

/** For the last record of theirs. */
async function aDeadLetter({ app }: Pick<Coordinator, 'app'>, userId: string, error: string): Promise<string> {
  const [chain, store] = [`user:${userId}`, app.get(DeliveryStore)];
  const head = await app.get(AuditQuery).head(chain);
  await store.giveUp({ chain, firstSeq: head!.seq, lastSeq: head!.seq, hash: head!.hash, error });
  const [letter] = await store.deadLetters({ after: 0, limit: 1 });
  return String(letter!.id);
}

/** An agent has sent its person to us, who has not answered yet. */
async function beginFlow(url: string, browser: Browser): Promise<string> {
  const redirectUri = 'http://127.0.0.1:4567/cb';
  const { client_id: clientId } = await new OauthTestClient(url).register({ redirect_uris: [redirectUri] });
  const query = new URLSearchParams({
    client_id: String(clientId),
    response_type: 'code',
    redirect_uri: redirectUri,
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
    resource: `${url}/mcp`,
    scope: 'mcp:tools',
  });
  const { location } = await browser.get(`/oauth/authorize?${query.toString()}`);
  return /\/sign-in\/([\w.-]+)/.exec(location ?? '')?.[1] ?? '';
}

/** The request of an executor that is open. */
export async function openRequest(url: string, token: string, executor: string): Promise<string | undefined> {
  const { text } = await ask(url, token, 'GET', `${EXECUTOR_PATHS.openRequests}?executor_id=${executor}`);
  return openRequestsSchema.parse(JSON.parse(text)).requests[0]?.id;
}

async function openStream(url: string, token: string, signal: AbortSignal): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await fetch(`${url}/mcp/sse`, { headers, signal });
  const { value } = await body!.pipeThrough(new TextDecoderStream()).getReader().read();
  return /sessionId=([\w-]+)/.exec(value ?? '')?.[1] ?? '';
}

/** Reads the whole answer, and of a stream what comes first. */
export async function ask(url: string, token: string, method: string, path: string, body?: object) {
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
