import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { credentials, invitations, users } from '../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import type { Principal } from './principal.ts';
import { actingAdmins, outcomeOf, type ActingAdmins } from './testing/acting-admins.ts';

const ROUNDS = 8;

describe.each(DATABASES)('an admin who gives power, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: ActingAdmins;
  beforeAll(async () => {
    connection = await open();
    all = await actingAdmins(connection.database);
    await all.newUser();
  }, 60_000);
  afterAll(() => connection.close());

  /** All that gives power, asked for by whom the door still takes for an admin. */
  async function tryAll(by: Principal): Promise<string[]> {
    const other = await all.newUser('member');
    return Promise.all([
      outcomeOf(all.invite(by)),
      outcomeOf(all.issue(by.userId, by)),
      outcomeOf(all.users.change(other, { role: 'admin' }, by)),
      outcomeOf(all.users.change(other, { disabled: false }, by)),
    ]);
  }

  it.each([
    ['a key', () => all.withKey],
    ['a sign-in', () => all.withGrant],
  ])('does so with %s', async (__, holding) => {
    const by = await holding()(await all.newUser());
    expect(await tryAll(by)).toEqual(['done', 'done', 'done', 'done']);
    const [made] = await all.credentials.list({ createdBy: by.id });
    expect(made).toMatchObject({ userId: by.userId, createdBy: by.id });
  });

  it.each([
    ['has another role', 'insufficient_scope', (by: Principal) => all.users.setRole(by.userId, 'member')],
    ['is disabled', 'token_revoked', (by: Principal) => all.users.setDisabled(by.userId, true)],
    ['has asked with a key that is revoked', 'token_revoked', (by: Principal) => all.credentials.revoke(by.id)],
  ])('gives none who %s by then, whatever is believed', async (__, code, stop) => {
    const by = await all.withKey(await all.newUser());
    await stop(by);
    expect(await tryAll(by)).toEqual([code, code, code, code]);
  });

  it('gives none with a key that has expired by then', async () => {
    const by = await all.withKey(await all.newUser());
    const past = { expiresAt: new Date() };
    await connection.database.update(credentials).set(past).where(eq(credentials.id, by.id));
    expect(new Set(await tryAll(by))).toEqual(new Set(['token_revoked']));
  });

  it('gives none through a program whose access has ended', async () => {
    const by = await all.withGrant(await all.newUser());
    await all.oauthRecords.endGrant(by.id);
    expect(new Set(await tryAll(by))).toEqual(new Set(['token_revoked']));
  });

  it.each([
    ['lose the role', (by: Principal) => all.users.setRole(by.userId, 'member')],
    ['lose the key', (by: Principal) => all.credentials.revoke(by.id)],
    ['lose the sign-in', (by: Principal) => all.oauthRecords.endGrant(by.id)],
  ])('leaves nothing behind, when they %s at the same moment', async (what, stop) => {
    const other = await all.newUser();
    for (let round = 0; round < ROUNDS; round += 1) {
      const userId = await all.newUser();
      const by = await (what === 'lose the sign-in' ? all.withGrant(userId) : all.withKey(userId));
      const writes = [all.invite(by), all.issue(other, by)].map(outcomeOf);
      await Promise.all([...writes, stop(by)]);
      const { database } = connection;
      expect(await database.select().from(invitations).where(eq(invitations.invitedWith, by.id))).toEqual([]);
      const keys = await database.select().from(credentials).where(eq(credentials.createdBy, by.id));
      expect(keys.filter(({ revokedAt }) => revokedAt === null)).toEqual([]);
    }
  });

  it('changes all of a user, or nothing', async () => {
    const own = await actingAdmins(connection.database);
    const [root, ...others] = (await own.users.list({ after: '0', limit: 200 })).filter(
      ({ role, disabledAt }) => role === 'admin' && disabledAt === null,
    );
    for (const { id } of others) await own.users.setRole(id, 'member');
    const by = await own.withKey(root!.id);
    const invitation = await own.invite(by);
    expect(await outcomeOf(own.users.change(root!.id, { role: 'admin', disabled: true }, by))).toBe('conflict');
    expect(await own.isOpen(invitation)).toBe(true);
    const member = await own.newUser('member');
    const changed = await own.users.change(member, { role: 'admin', disabled: true }, by);
    expect(changed).toMatchObject({ role: 'admin', disabledAt: expect.any(Date) });
    const [row] = await connection.database
      .select()
      .from(users)
      .where(eq(users.id, Number(member)));
    expect(row).toMatchObject({ role: 'admin', disabledAt: changed.disabledAt });
  });
});
