import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { invitations } from '../../../platform/database/schema.ts';
import { HERE, newEmail, newPerson, PASSWORD, people, secretOf, type People } from './testing/people.ts';

describe.each(DATABASES)('users, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database);
    const { id } = await all.users.create('somebody-else');
    await all.users.setRole(id, 'admin');
  }, 60_000);
  afterAll(() => connection.close());

  it.each([
    ['a lower role', (id: string) => all.users.setRole(id, 'member')],
    ['a higher role', (id: string) => all.users.setRole(id, 'admin')],
    ['being disabled', (id: string) => all.users.setDisabled(id, true)],
  ])('lose with %s the invitations for them and those that they have made', async (what, change) => {
    const { user, email } = await newPerson(all);
    if (what !== 'a higher role') await all.users.setRole(user.id, 'admin');
    const theirs = await all.invitations.invite({ email, role: 'admin', userId: user.id }, null);
    const made = await all.invitations.invite({ email: newEmail(), role: 'admin' }, null);
    await connection.database
      .update(invitations)
      .set({ invitedBy: Number(user.id) })
      .where(eq(invitations.id, made.invitation.id));
    const other = await all.invitations.invite({ email: newEmail(), role: 'member' }, null);
    await change(user.id);
    for (const { url } of [theirs, made])
      await expect(all.invitations.of(secretOf(url))).rejects.toMatchObject({ code: 'not_found' });
    expect(await all.invitations.of(secretOf(other.url))).toEqual(other.invitation);
  });

  it('always have an admin among them, also when all admins leave at the same moment', async () => {
    const { users } = all;
    const [ada, bert] = [(await newPerson(all)).user, (await newPerson(all)).user];
    for (const { id } of [ada, bert]) await users.setRole(id, 'admin');
    const first = (await users.list({ after: '0', limit: 100 })).filter(
      ({ id, role }) => role === 'admin' && ![ada.id, bert.id].includes(id),
    );
    for (const { id } of first) await users.setRole(id, 'member');
    const leaving = await Promise.allSettled([users.setRole(ada.id, 'member'), users.setDisabled(bert.id, true)]);
    const refused = leaving.find(({ status }) => status === 'rejected');
    expect(leaving.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(refused).toMatchObject({ reason: { code: 'conflict', message: 'There would be no admin any more.' } });
    const last = refused === leaving[0] ? ada : bert;
    const { url } = await all.invitations.invite({ email: last.email ?? '', role: 'member', userId: last.id }, null);
    await expect(all.invitations.accept(secretOf(url), PASSWORD)).rejects.toMatchObject({ code: 'conflict' });
    for (const { id } of first) await users.setRole(id, 'admin');
    expect(await users.setRole(last.id, 'member')).toMatchObject({ role: 'member' });
  });

  it('end with being disabled what they are signed in to, and get none of it back', async () => {
    const [{ user }, other] = [await newPerson(all), await newPerson(all)];
    const sessions = await Promise.all([user, other.user].map((who) => all.sessions.begin(who, ['pwd'], HERE)));
    for (const { id } of [user, other.user])
      await all.oauthRecords.save('Grant', id, { accountId: id, clientId: 'https://client.example/c' });
    await all.users.setDisabled(user.id, true);
    await all.users.setDisabled(user.id, false);
    const live = await Promise.all(sessions.map(async (secret) => Boolean(await all.sessions.of(secret))));
    expect(live).toEqual([false, true]);
    expect(await all.sessions.list(user.id)).toEqual([]);
    expect(await all.grants.list(user.id)).toEqual([]);
    expect(await all.grants.list(other.user.id)).toHaveLength(1);
  });

  it('keep them when they are enabled again', async () => {
    const { user, email } = await newPerson(all);
    await all.users.setDisabled(user.id, true);
    const { url, invitation } = await all.invitations.invite({ email, role: 'member', userId: user.id }, null);
    await all.users.setDisabled(user.id, false);
    expect(await all.invitations.of(secretOf(url))).toEqual(invitation);
  });
});
