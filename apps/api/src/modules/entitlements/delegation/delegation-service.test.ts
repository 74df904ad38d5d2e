import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { delegations as rows, oidcRecords } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { grantorsOf, type Principal } from '../../auth/index.ts';
import { delegating, terms, type Delegating } from './testing/delegating.ts';

describe.each(DATABASES)('delegations on %s', (_, open) => {
  let connection: TestDatabase;
  let all: Delegating;
  let [alice, bob, carol] = [] as unknown as [Principal, Principal, Principal];

  beforeAll(async () => {
    connection = await open();
  }, 60_000);
  afterAll(() => connection.close());

  beforeEach(async () => {
    all = delegating(connection.database, { DELEGATIONS_PER_USER: '3' });
    [alice, bob, carol] = [await all.newUser(), await all.newUser(), await all.newUser()];
  });

  const give = (given = {}) => all.delegations.make(alice, terms({ user: bob.userName }, given));
  const usableBy = async ({ userId }: Principal) => (await all.received.of(userId, alice.userName)).map(({ id }) => id);

  it('let the one user whom they name use the servers, at once, and nobody else', async () => {
    expect(await usableBy(bob)).toEqual([]);
    const limits = { tools: ['get_logs'], rules: { '*': { per_day: 5, concurrent: 1 } } };
    const { id, version } = await give(limits);
    expect(version).toBe(1);
    expect(await all.received.of(bob.userId, null)).toEqual([
      {
        id,
        grantorId: alice.userId,
        grantorName: alice.userName,
        servers: ['web-*'],
        expiresAt: null,
        grantorLevels: [],
        ...limits,
      },
    ]);
    expect([await usableBy(carol), await usableBy(alice)]).toEqual([[], []]);
    expect(await all.received.of(bob.userId, carol.userName)).toEqual([]);
  });

  it('name nobody who does not exist, is disabled, or gives them', async () => {
    await all.users.setDisabled(carol.userId, true);
    const to = (name: object) => all.delegations.make(alice, terms(name as { user: string }));
    for (const name of [{ user: randomUUID() }, { user: carol.userName }, { team: bob.userName }])
      await expect(to(name)).rejects.toMatchObject({ code: 'not_found', message: 'There is no such user or team.' });
    await expect(to({ user: alice.userName })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('let nobody find out names by trying them, and let whoever knows names go on', async () => {
    const limited = delegating(connection.database, { SERVONAUT_RATE_LIMITS: 'delegation_grantee=2/60' });
    const to = (user: string) => limited.delegations.make(alice, terms({ user }));
    for (let made = 0; made < 3; made += 1) await to(bob.userName);
    for (let tried = 0; tried < 2; tried += 1) await expect(to(randomUUID())).rejects.toThrow('no such user');
    await expect(to(bob.userName)).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  it('are as many as a user may give, also when they are given at once', async () => {
    const given = await Promise.allSettled(Array.from({ length: 6 }, () => give()));
    expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await expect(give()).rejects.toMatchObject({ code: 'conflict', facts: { limit: 3 } });
    const [first] = await all.query.page({ grantorId: alice.userId }, { limit: 1 });
    await all.delegations.end({ id: first!.id }, alice);
    await give();
  });

  it('are neither given, changed nor ended with an API key, except by an admin who ends one', async () => {
    const key: Principal = { ...alice, kind: 'credential' };
    const made = await give();
    const own = { id: made.id, grantorId: alice.userId };
    const refused = { code: 'not_entitled' };
    await expect(all.delegations.make(key, terms({ user: bob.userName }))).rejects.toMatchObject(refused);
    await expect(all.delegations.change(own, { servers: ['*'] }, key)).rejects.toMatchObject(refused);
    await expect(all.delegations.end(own, key)).rejects.toMatchObject(refused);
    expect((await all.delegations.end({ id: made.id }, key)).endedAt).not.toBeNull();
  });

  it('are neither given nor changed by a sign-in that has ended, whatever the door believes', async () => {
    const { id } = await give();
    await connection.database.delete(oidcRecords).where(eq(oidcRecords.id, alice.id));
    const refused = { code: 'token_revoked' };
    await expect(give()).rejects.toMatchObject(refused);
    await expect(all.delegations.change({ id }, { servers: ['*'] }, alice)).rejects.toMatchObject(refused);
  });

  it('are given by whoever has signed in, though their token for this interface calls no tool', async () => {
    const made = await all.delegations.make({ ...alice, kind: 'user', tools: [] }, terms({ user: bob.userName }));
    expect(made).toMatchObject({ servers: ['web-*'], endedAt: null });
  });

  it('change for the next call, of the version that was seen', async () => {
    const { id } = await give();
    const key = { id, grantorId: alice.userId };
    await usableBy(bob);
    const tools = ['get_logs'];
    const changed = await all.delegations.change({ ...key, version: 1 }, { servers: ['db-*'], tools }, alice);
    expect(changed).toMatchObject({ servers: ['db-*'], tools, version: 2 });
    expect(await all.received.of(bob.userId, null)).toMatchObject([{ servers: ['db-*'], tools }]);
    const old = { ...key, version: 1 };
    await expect(all.delegations.change(old, { tools: null }, alice)).rejects.toMatchObject({
      code: 'version_mismatch',
    });
    await expect(all.delegations.end(old, alice)).rejects.toMatchObject({ code: 'version_mismatch' });
    expect((await all.delegations.change(key, { tools: null }, alice)).tools).toBeNull();
    expect(all.announced).toEqual([]);
  });

  it('end at once and for good, and say so to whoever runs something by them', async () => {
    const { id } = await give();
    expect(await usableBy(bob)).toEqual([id]);
    const ended = await all.delegations.end({ id, grantorId: alice.userId, version: 1 }, alice);
    expect(ended).toMatchObject({ version: 2, endedAt: expect.any(Date) });
    expect(await usableBy(bob)).toEqual([]);
    expect(all.announced).toEqual([{ userId: alice.userId, credentialId: id }]);
    expect(await all.delegations.end({ id }, alice)).toEqual(ended);
    await expect(all.delegations.change({ id }, { tools: null }, alice)).rejects.toMatchObject({ code: 'conflict' });
    expect(await grantorsOf(connection.database, bob.userId)).toEqual([alice.userId]);
    expect(await grantorsOf(connection.database, bob.userId, new Date(Date.now() + 4 * 3_600_000))).toEqual([]);
  });

  it('are declined by the user to whom they were given, and by nobody else', async () => {
    const { id } = await give();
    for (const other of [carol, alice])
      await expect(all.delegations.decline(id, other)).rejects.toMatchObject({ code: 'not_found' });
    const key: Principal = { ...bob, kind: 'credential' };
    await expect(all.delegations.decline(id, key)).rejects.toMatchObject({ code: 'not_entitled' });
    expect((await all.delegations.decline(id, bob)).endedAt).not.toBeNull();
    expect(await usableBy(bob)).toEqual([]);
    expect(all.announced).toEqual([{ userId: alice.userId, credentialId: id }]);
    const team = await all.teams.make(`t${randomUUID()}`);
    await all.members.add(team.id, bob.userId);
    const given = await all.delegations.make(alice, terms({ team: team.name }));
    await expect(all.delegations.decline(given.id, bob)).rejects.toMatchObject({ code: 'not_entitled' });
  });

  it('push out nobody else, however many somebody gives', async () => {
    const many = delegating(connection.database, { DELEGATIONS_PER_USER: '30' });
    for (let made = 0; made < 25; made += 1) await many.delegations.make(alice, terms({ user: bob.userName }));
    await many.delegations.make(carol, terms({ user: bob.userName }));
    const of = async (name: string | null) => (await many.received.of(bob.userId, name)).map((one) => one.grantorName);
    expect(await of(null)).toEqual([...Array(20).fill(alice.userName), carol.userName]);
    expect(await of(alice.userName)).toHaveLength(25);
  });

  it('are given by nobody whose servers others could not name', async () => {
    const written = { ...alice, userName: 'älice smith' };
    const to = terms({ user: bob.userName });
    await expect(all.delegations.make(written, to)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('have the rules that the coordinator is set to give, when they are given without', async () => {
    const rules = { '*': { per_day: 1_000, concurrent: 5 } };
    const { id } = await give();
    expect((await all.query.get(id)).rules).toEqual(rules);
    const own = { '*': { per_day: 5_000 } };
    const bounded = { '*': { per_day: 5_000, concurrent: 5 } };
    expect((await all.delegations.change({ id }, { rules: own }, alice)).rules).toEqual(bounded);
    expect((await all.delegations.change({ id }, { tools: null }, alice)).rules).toEqual(bounded);
    expect((await all.delegations.change({ id }, { rules: null }, alice)).rules).toEqual(rules);
  });

  it.each([
    ['no rule', {}, {}],
    ['a rule for a tool', { get_logs: { per_day: 3 } }, {}],
    ['no count of all calls', {}, { timeout_seconds: 9 }],
  ])('have its counts too when they are given with %s', async (_case, ofTools, ofAll) => {
    const rules = { ...ofTools, ...(Object.keys(ofAll).length > 0 && { '*': ofAll }) };
    const kept = { ...ofTools, '*': { per_day: 1_000, concurrent: 5, ...ofAll } };
    expect((await give({ rules })).rules).toEqual(kept);
  });

  it('are neither given nor changed when that cannot be recorded of one of the two, and end all the same', async () => {
    const [first, second] = [await give(), await give()];
    await all.shut(bob.userId);
    const refused = { code: 'audit_unavailable' };
    await expect(give()).rejects.toMatchObject(refused);
    await expect(all.delegations.change({ id: first.id }, { tools: [] }, alice)).rejects.toMatchObject(refused);
    await all.shut(alice.userId);
    await all.delegations.end({ id: first.id, grantorId: alice.userId }, alice);
    await all.delegations.decline(second.id, bob);
    expect(await usableBy(bob)).toEqual([]);
  });

  it('are changed as often as one user may, and leave nothing in the chains when they stay as they are', async () => {
    const limited = delegating(connection.database, { SERVONAUT_RATE_LIMITS: 'delegation_writes=4/60' });
    const { id, version } = await limited.delegations.make(alice, terms({ user: bob.userName }));
    const same = { servers: ['web-*'], rules: null, expiresAt: null };
    expect(await limited.delegations.change({ id }, same, alice)).toMatchObject({ version });
    const late = limited.delegations.change({ id, version: version + 1 }, same, alice);
    await expect(late).rejects.toMatchObject({ code: 'version_mismatch' });
    expect(await limited.delegations.change({ id }, { servers: ['*'] }, alice)).toMatchObject({ version: version + 1 });
    const tooMany = { code: 'too_many_requests' };
    await expect(limited.delegations.change({ id }, same, alice)).rejects.toMatchObject(tooMany);
    await expect(limited.delegations.make(alice, terms({ user: bob.userName }))).rejects.toMatchObject(tooMany);
    const records = await limited.recorded();
    const ofBob = records.filter(({ chain }) => chain === `user:${bob.userId}`);
    expect(ofBob.map(({ kind }) => kind)).toEqual(['delegation.made', 'delegation.changed']);
  });

  it('end with their time', async () => {
    const { id } = await give({ expiresAt: new Date(Date.now() + 60_000) });
    expect(await usableBy(bob)).toEqual([id]);
    await connection.database.update(rows).set({ expiresAt: new Date() }).where(eq(rows.id, id));
    await give();
    expect(await usableBy(bob)).not.toContain(id);
    const of = (state: 'active' | 'expired' | 'ended') =>
      all.query.page({ grantorId: alice.userId, state }, { limit: 9 });
    expect([(await of('active')).length, (await of('expired')).length, (await of('ended')).length]).toEqual([1, 1, 0]);
    const later = { expiresAt: null };
    await expect(all.delegations.change({ id }, later, alice)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('rest while their grantor is disabled, and have the limits of the grantor', async () => {
    const { id } = await give();
    await all.users.setDisabled(alice.userId, true);
    expect(await usableBy(bob)).toEqual([]);
    expect(await all.query.page({ usedBy: bob.userId }, { limit: 9 })).toEqual([]);
    await all.users.setDisabled(alice.userId, false);
    expect(await usableBy(bob)).toEqual([id]);
  });

  it('are out of reach of everybody but their grantor', async () => {
    const { id } = await give();
    for (const { userId: grantorId } of [bob, carol]) {
      const unknown = { code: 'not_found' };
      await expect(all.query.get(id, { grantorId })).rejects.toMatchObject(unknown);
      await expect(all.delegations.change({ id, grantorId }, { tools: null }, carol)).rejects.toMatchObject(unknown);
      await expect(all.delegations.end({ id, grantorId }, carol)).rejects.toMatchObject(unknown);
    }
    expect(await all.query.page({ usedBy: carol.userId }, { limit: 9 })).toEqual([]);
    expect((await all.query.get(id)).endedAt).toBeNull();
  });

  it('come in pages, oldest first', async () => {
    const ids = [(await give()).id, (await give()).id, (await give()).id];
    const first = await all.query.page({ grantorId: alice.userId }, { limit: 2 });
    const rest = await all.query.page({ grantorId: alice.userId }, { after: first.at(-1)!.id, limit: 2 });
    expect([...first, ...rest].map(({ id }) => id)).toEqual(ids);
    expect(await all.query.page({ granteeId: bob.userId }, { limit: 9 })).toHaveLength(3);
    expect(await all.query.page({ granteeId: carol.userId }, { limit: 9 })).toEqual([]);
  });

  it('are on record in the chains of both', async () => {
    const { id } = await give();
    await all.delegations.change({ id }, { servers: ['db-*'] }, alice);
    await all.delegations.end({ id }, alice);
    await all.delegations.end({ id }, alice);
    const kinds = ['delegation.made', 'delegation.changed', 'delegation.ended'];
    const records = await all.recorded();
    for (const { userId } of [alice, bob]) {
      const chain = records.filter((record) => record.chain === `user:${userId}`);
      expect(chain.map(({ kind }) => kind)).toEqual(kinds);
      expect(chain[1]!.data).toMatchObject({ delegation: id, servers: ['db-*'], grantor: { id: alice.userId } });
    }
  });
});
