import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { delegationSchema, type DelegationBody } from '@servonaut/contracts';
import { temporaryFolder } from '@servonaut/testkit';
import { eq } from 'drizzle-orm';
import { loadConfig } from './config/app-config.ts';
import { CredentialService, UserService } from './modules/auth/index.ts';
import { DATABASE, type Database } from './platform/database/database.ts';
import { users } from './platform/database/schema.ts';
import { startCoordinator, type Coordinator } from './start.ts';
import { aPerson } from './testing/somebodys-things.ts';

interface Caller {
  readonly userId: string;
  readonly name: string;
  readonly token: string;
}

/** What the tests look into. */
interface Body {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
  readonly delegations: readonly DelegationBody[];
  readonly teams: readonly object[];
  readonly next_cursor: string | null;
}

let coordinator: Coordinator;
let alice: Caller;
let bob: Caller;
let carol: Caller;
let admin: Caller;

beforeAll(async () => {
  const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
  coordinator = await startCoordinator(loadConfig(settings), () => undefined);
  [alice, bob, carol, admin] = [await aUser('alice'), await aUser('bob'), await aUser('carol'), await anAdmin('root')];
}, 60_000);
afterAll(() => coordinator.app.close());

/** Somebody who has signed in. */
async function aUser(name: string): Promise<Caller> {
  const { userId, accessToken: token } = await aPerson(coordinator, name);
  await coordinator.app
    .get<Database>(DATABASE)
    .update(users)
    .set({ name })
    .where(eq(users.id, Number(userId)));
  return { userId, name, token };
}

/** An admin with an API key. */
async function anAdmin(name: string): Promise<Caller> {
  const { app } = coordinator;
  const { id: userId } = await app.get(UserService).create(name);
  await app.get(UserService).setRole(userId, 'admin');
  const wanted = { userId, label: name, scopes: ['admin'] as const, createdBy: null };
  const { token } = await app.get(CredentialService).issue(wanted);
  return { userId, name, token };
}

async function call({ token }: Caller, method: string, path: string, body?: object, headers = {}) {
  const sent = body && { body: JSON.stringify(body) };
  const answer = await fetch(`${coordinator.config.publicUrl}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...sent,
  });
  return { status: answer.status, etag: answer.headers.get('etag'), body: (await answer.json()) as Body };
}

const give = async (to: object, given: object = {}): Promise<DelegationBody> => {
  const { status, body } = await call(alice, 'POST', 'me/delegations', { to, servers: ['web-*'], ...given });
  expect(status).toBe(201);
  return delegationSchema.parse(body);
};
const received = async (caller: Caller) =>
  (await call(caller, 'GET', 'me/delegations/received')).body.delegations.map(({ id }) => id);

describe('delegations over REST', () => {
  it('are given, read, changed and ended by whoever the servers belong to', async () => {
    const made = await give({ user: 'bob' }, { tools: ['get_logs'], rules: { '*': { per_day: 5 } } });
    expect(made).toMatchObject({ grantor: { name: 'alice' }, grantee: { kind: 'user', name: 'bob' }, state: 'active' });
    expect(await received(bob)).toEqual([made.id]);
    const path = `me/delegations/${made.id}`;
    expect(await call(alice, 'GET', path)).toEqual({ status: 200, etag: '"1"', body: made });
    const changed = await call(alice, 'PATCH', path, { tools: null }, { 'if-match': '"1"' });
    expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { tools: null, rules: made.rules } });
    const old = await call(alice, 'PATCH', path, { tools: [] }, { 'if-match': '"1"' });
    expect([old.status, old.body.code]).toEqual([412, 'version_mismatch']);
    expect(await call(alice, 'DELETE', path)).toMatchObject({ status: 200, body: { state: 'ended' } });
    expect(await received(bob)).toEqual([]);
    const states = await call(alice, 'GET', 'me/delegations?state=ended');
    expect(states.body).toMatchObject({ delegations: [{ id: made.id }], next_cursor: null });
  });

  it('come in pages', async () => {
    const ids = [(await give({ user: 'bob' })).id, (await give({ user: 'carol' })).id];
    const first = await call(alice, 'GET', 'me/delegations?state=active&limit=1');
    const next = await call(alice, 'GET', `me/delegations?state=active&limit=1&cursor=${first.body.next_cursor}`);
    expect([first, next].flatMap(({ body }) => body.delegations.map(({ id }) => id))).toEqual(ids);
    expect(next.body.next_cursor).toBeNull();
    for (const id of ids) await call(alice, 'DELETE', `me/delegations/${id}`);
  });

  it.each([
    ['servers of somebody else', { servers: ['bob/web-1'] }],
    ['no servers', { servers: [] }],
    ['a time that is over', { expires_at: '2020-01-01T00:00:00Z' }],
    ['a user and a team', { to: { user: 'bob', team: 'ops' } }],
    ['another to whom it is given', { grantor: 'bob' }],
  ])('take no %s', async (_, given) => {
    const body = { to: { user: 'bob' }, servers: ['web-*'], ...given };
    const answer = await call(alice, 'POST', 'me/delegations', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });

  it('tell nothing of whom there is', async () => {
    const answers = [{ user: 'nobody' }, { team: 'nobody' }, { team: 'bob' }].map(async (to) => {
      const { status, body } = await call(alice, 'POST', 'me/delegations', { to, servers: ['*'] });
      return [status, body.code, body.detail];
    });
    expect(new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('are of no use to somebody who knows all their ids', async () => {
    const { id } = await give({ user: 'bob' });
    for (const stranger of [carol, bob]) {
      const path = `me/delegations/${id}`;
      expect((await call(stranger, 'GET', path)).status).toBe(404);
      expect((await call(stranger, 'PATCH', path, { servers: ['*'] })).status).toBe(404);
      expect((await call(stranger, 'DELETE', path)).status).toBe(404);
      expect((await call(stranger, 'GET', `admin/delegations/${id}`)).status).toBe(403);
    }
    expect(await received(carol)).toEqual([]);
    expect((await call(carol, 'GET', 'me/delegations')).body.delegations).toEqual([]);
    expect(await call(alice, 'DELETE', `me/delegations/${id}`)).toMatchObject({ status: 200 });
  });
});

describe('teams over REST', () => {
  it('are made and filled by admins, and use what is given to them', async () => {
    const { body: team } = await call(admin, 'POST', 'admin/teams', { name: 'ops' });
    const path = `admin/teams/${team.id}`;
    const { id } = await give({ team: 'ops' });
    expect(await call(admin, 'PUT', `${path}/members/${bob.userId}`)).toMatchObject({
      body: { members: 1, version: 2 },
    });
    expect(await received(bob)).toEqual([id]);
    const members = await call(admin, 'GET', `${path}/members`);
    expect(members.body).toMatchObject({ members: [{ user_id: bob.userId, name: 'bob' }], next_cursor: null });
    expect((await call(admin, 'PATCH', path, { name: 'dev' }, { 'if-match': '"1"' })).status).toBe(412);
    expect(await call(admin, 'PATCH', path, { name: 'dev' }, { 'if-match': '"2"' })).toMatchObject({
      body: { name: 'dev' },
    });
    expect((await call(admin, 'GET', 'admin/teams')).body.teams).toMatchObject([{ id: team.id, name: 'dev' }]);
    expect(await call(admin, 'DELETE', `${path}/members/${bob.userId}`)).toMatchObject({ body: { members: 0 } });
    expect(await received(bob)).toEqual([]);
    expect((await call(admin, 'DELETE', path)).status).toBe(200);
    expect(await call(alice, 'GET', `me/delegations/${id}`)).toMatchObject({ status: 200, body: { state: 'ended' } });
  });
});

describe('delegations for admins', () => {
  it('are listed by who gives, who gets and how they stand, and ended', async () => {
    const { id } = await give({ user: 'carol' });
    const found = async (query: string) =>
      (await call(admin, 'GET', `admin/delegations?${query}`)).body.delegations.map((one) => one.id);
    expect(await found(`grantor=${alice.userId}&state=active`)).toEqual([id]);
    expect(await found(`grantee=${carol.userId}`)).toContain(id);
    expect(await found(`grantor=${bob.userId}`)).toEqual([]);
    expect(await found(`grantee=${crypto.randomUUID()}`)).toEqual([]);
    const path = `admin/delegations/${id}`;
    expect(await call(admin, 'GET', path)).toMatchObject({ status: 200, etag: '"1"', body: { id } });
    expect((await call(admin, 'DELETE', path, undefined, { 'if-match': '"7"' })).status).toBe(412);
    expect(await call(admin, 'DELETE', path)).toMatchObject({ status: 200, body: { state: 'ended' } });
    expect(await received(carol)).toEqual([]);
  });
});
