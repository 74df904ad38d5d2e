import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import { secretOf, PASSWORD } from './people/testing/people.ts';
import type { Principal } from './principal.ts';
import { actingAdmins, principalOf, type ActingAdmins } from './testing/acting-admins.ts';

describe.each(DATABASES)('what an admin has made, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: ActingAdmins;
  beforeAll(async () => {
    connection = await open();
    all = await actingAdmins(connection.database);
    await all.newUser();
  }, 60_000);
  afterAll(() => connection.close());

  /** A key for an admin, one made with that, one for a program, and an invitation by each of both admins. */
  async function makeAll(by: Principal) {
    const key = await all.issue(await all.newUser(), by);
    const further = await all.issue(await all.newUser(), principalOf(key));
    const bot = await all.issue(await all.newUser('member'), by, ['mcp:tools']);
    return { key, further, bot, invited: await all.invite(by), invitedFurther: await all.invite(principalOf(key)) };
  }
  const left = async ({ key, further, bot, invited, invitedFurther }: Awaited<ReturnType<typeof makeAll>>) => ({
    keys: [!(await all.isRevoked(key)), !(await all.isRevoked(further))],
    invitations: [await all.isOpen(invited), await all.isOpen(invitedFurther)],
    bot: !(await all.isRevoked(bot)),
  });
  const ALL = { keys: [true, true], invitations: [true, true], bot: true };
  const THE_BOT = { keys: [false, false], invitations: [false, false], bot: true };

  it.each([
    ['the key that it was made with', () => all.withKey, (by: Principal) => all.credentials.revoke(by.id)],
    ['the sign-in of a program', () => all.withGrant, (by: Principal) => all.oauthRecords.endGrant(by.id)],
    ['their role', () => all.withGrant, (by: Principal) => all.users.setRole(by.userId, 'member')],
    [
      'their access, when they are disabled',
      () => all.withKey,
      (by: Principal) => all.users.setDisabled(by.userId, true),
    ],
  ])('ends with %s, except keys that give nobody power', async (__, holding, end) => {
    const by = await holding()(await all.newUser());
    const made = await makeAll(by);
    const others = await makeAll(await all.withKey(await all.newUser()));
    await end(by);
    expect(await left(made)).toEqual(THE_BOT);
    expect(await left(others)).toEqual(ALL);
  });

  it.each([
    ['the sign-in of a program', (by: Principal) => all.grants.revoke(by.id, by.userId)],
    ['all sign-ins of programs', (by: Principal) => all.grants.revokeAll(by.userId)],
  ])('ends with %s that somebody ends on purpose, keys of any scope included', async (__, end) => {
    const by = await all.withGrant(await all.newUser());
    const [made, own] = [await makeAll(by), await all.issue(by.userId, by, ['credentials'])];
    const further = await all.issue(by.userId, principalOf(own), ['mcp:tools']).catch(() => null);
    const others = await makeAll(await all.withGrant(await all.newUser()));
    await end(by);
    expect(await left(made)).toEqual({ ...THE_BOT, bot: false });
    expect([await all.isRevoked(own), further && (await all.isRevoked(further))]).toEqual([true, true]);
    expect(await left(others)).toEqual(ALL);
  });

  it('ends with all sign-ins, when its own is over already, unless it is not of the user', async () => {
    const by = await all.withGrant(await all.newUser());
    const [bot, own] = [(await makeAll(by)).bot, await all.issue(by.userId, by, ['mcp:tools'])];
    const givenByAnAdmin = await all.issue(by.userId, await all.withKey(await all.newUser()), ['mcp:tools']);
    await all.oauthRecords.endGrant(by.id);
    expect(await all.isRevoked(own)).toBe(false);
    await all.grants.revokeAll(by.userId);
    expect(await Promise.all([own, bot, givenByAnAdmin].map(all.isRevoked))).toEqual([true, false, false]);
  });

  it('ends with their role when an invitation to another one is accepted', async () => {
    const by = await all.withKey(await all.newUser());
    const made = await makeAll(by);
    const email = `${by.userId}@example.com`;
    const { url } = await all.invitations.invite({ email, role: 'member', userId: by.userId }, null);
    await all.invitations.accept(secretOf(url), PASSWORD);
    expect(await left(made)).toEqual(THE_BOT);
  });

  it('is announced to be over', async () => {
    const by = await all.withKey(await all.newUser());
    const { key, further } = await makeAll(by);
    all.announced.length = 0;
    await all.credentials.revoke(by.id);
    expect(all.announced.map(({ credentialId }) => credentialId)).toEqual([by.id, key.id, further.id]);
  });

  it('stays when its key is only replaced, and ends when that is revoked once more', async () => {
    const by = await all.withKey(await all.newUser());
    const made = await makeAll(by);
    await all.credentials.revoke(by.id, { made: 'keep' });
    await all.credentials.revoke(made.key.id, { made: 'keep' });
    expect(await left(made)).toEqual({ ...ALL, keys: [false, true] });
    await all.credentials.revoke(by.id);
    expect(await left(made)).toEqual(THE_BOT);
  });

  it('is listed by what it was made with, also afterwards', async () => {
    const by = await all.withKey(await all.newUser());
    const { key, bot } = await makeAll(by);
    await all.credentials.revoke(by.id);
    const listed = await all.credentials.list({ createdBy: by.id });
    expect(listed.map(({ id, revokedAt }) => [id, revokedAt === null])).toEqual([
      [key.id, false],
      [bot.id, true],
    ]);
  });
});
