import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { grantorsOf, revokedSince, type Principal } from '../../auth/index.ts';
import { delegating, terms, type Delegating } from './testing/delegating.ts';
import type { Team } from './team-service.ts';

describe.each(DATABASES)('teams on %s', (_, open) => {
  let connection: TestDatabase;
  let all: Delegating;
  let [alice, bob, carol] = [] as unknown as [Principal, Principal, Principal];
  let team: Team;

  beforeAll(async () => {
    connection = await open();
  }, 60_000);
  afterAll(() => connection.close());

  beforeEach(async () => {
    all = delegating(connection.database, { TEAM_MEMBERS: '2' });
    [alice, bob, carol] = [await all.newUser(), await all.newUser(), await all.newUser()];
    team = await all.teams.make(`t${randomUUID()}`);
  });

  const give = () => all.delegations.make(alice, terms({ team: team.name }));
  const usableBy = async ({ userId }: Principal) => (await all.received.of(userId, alice.userName)).map(({ id }) => id);

  it('use what is delegated to them, each for as long as they are in it', async () => {
    const { id, grantee } = await give();
    expect(grantee).toEqual({ kind: 'team', id: team.id, name: team.name });
    expect(await usableBy(bob)).toEqual([]);
    await all.members.add(team.id, bob.userId);
    expect([await usableBy(bob), await usableBy(carol)]).toEqual([[id], []]);
    expect(await all.query.page({ usedBy: bob.userId, state: 'active' }, { limit: 9 })).toMatchObject([{ id }]);
    expect(await grantorsOf(connection.database, bob.userId)).toEqual([alice.userId]);
    const instant = new Date();
    await all.members.remove(team.id, bob.userId);
    const lost = { userId: alice.userId, credentialId: id, callerId: bob.userId };
    expect(await revokedSince(connection.database, instant)).toContainEqual(lost);
    expect(await grantorsOf(connection.database, bob.userId)).toEqual([alice.userId]);
    expect(await usableBy(bob)).toEqual([]);
    expect(all.announced).toEqual([{ userId: alice.userId, credentialId: id, callerId: bob.userId }]);
  });

  it('give nothing to whoever has given it', async () => {
    await all.members.add(team.id, alice.userId);
    await give();
    expect(await usableBy(alice)).toEqual([]);
  });

  it('end what was delegated to them when they are dissolved', async () => {
    const { id } = await give();
    await all.members.add(team.id, bob.userId);
    await expect(all.teams.dissolve(team.id, carol, 1)).rejects.toMatchObject({ code: 'version_mismatch' });
    const instant = new Date();
    expect((await all.teams.dissolve(team.id, carol, 2)).members).toBe(1);
    const ended = { userId: alice.userId, credentialId: id };
    expect(await revokedSince(connection.database, instant)).toContainEqual(ended);
    expect(await all.query.get(id)).toMatchObject({ endedAt: expect.any(Date), grantee: { name: team.name } });
    expect(await usableBy(bob)).toEqual([]);
    expect(all.announced).toEqual([{ userId: alice.userId, credentialId: id }]);
    await expect(all.teams.get(team.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(give()).rejects.toMatchObject({ code: 'not_found' });
    expect((await all.teams.make(team.name)).members).toBe(0);
    const { kind, chain } = (await all.recorded()).at(-1)!;
    expect([kind, chain]).toEqual(['delegation.ended', `user:${alice.userId}`]);
  });

  it('are dissolved also when that cannot be recorded of whoever has given something', async () => {
    const { id } = await give();
    await all.shut(alice.userId);
    await all.teams.dissolve(team.id, carol);
    expect((await all.query.get(id)).endedAt).not.toBeNull();
  });

  it('have members up to a limit, also when they are added at once, each once', async () => {
    const everybody = [alice, bob, bob, carol];
    const added = await Promise.allSettled(everybody.map(({ userId }) => all.members.add(team.id, userId)));
    expect(added).toContainEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'conflict' }) });
    expect(await all.teams.get(team.id)).toMatchObject({ members: 2, version: 3 });
    const first = await all.members.page(team.id, { limit: 1 });
    const second = await all.members.page(team.id, { after: first[0]!.userId, limit: 9 });
    expect([...first, ...second].map(({ name }) => name)).toHaveLength(2);
    await all.members.remove(team.id, first[0]!.userId);
    await all.members.remove(team.id, first[0]!.userId);
    expect(await all.teams.get(team.id)).toMatchObject({ members: 1, version: 4 });
    await all.members.add(team.id, first[0]!.userId);
    expect(await all.teams.get(team.id)).toMatchObject({ members: 2, version: 5 });
  });

  it('have names of their own, and keep what they have by another name', async () => {
    const other = await all.teams.make(`t${randomUUID()}`);
    await expect(all.teams.make(team.name)).rejects.toMatchObject({ code: 'conflict' });
    await expect(all.teams.rename(other.id, team.name)).rejects.toMatchObject({ code: 'conflict' });
    await expect(all.teams.rename(other.id, 'x', 9)).rejects.toMatchObject({ code: 'version_mismatch' });
    const { id } = await give();
    const name = `t${randomUUID()}`;
    expect(await all.teams.rename(team.id, name, 1)).toMatchObject({ name, version: 2 });
    expect((await all.query.get(id)).grantee.name).toBe(name);
  });

  it('are not made of users or teams that do not exist', async () => {
    const unknown = { code: 'not_found' };
    await expect(all.members.add(team.id, '999999999')).rejects.toMatchObject(unknown);
    await expect(all.members.add(randomUUID(), bob.userId)).rejects.toMatchObject(unknown);
    await expect(all.members.remove(randomUUID(), bob.userId)).rejects.toMatchObject(unknown);
    await expect(all.teams.rename(randomUUID(), 'x')).rejects.toMatchObject(unknown);
  });
});
