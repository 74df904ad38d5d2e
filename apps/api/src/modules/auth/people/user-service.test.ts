import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { newEmail, newPerson, people, secretOf, type People } from './testing/people.ts';

describe.each(DATABASES)('users, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database);
  }, 60_000);
  afterAll(() => connection.close());

  it.each([
    ['another role', (id: string) => all.users.setRole(id, 'member')],
    ['being disabled', (id: string) => all.users.setDisabled(id, true)],
  ])('lose with %s the invitations for them and those that they have made', async (_what, change) => {
    const { user, email } = await newPerson(all);
    await all.users.setRole(user.id, 'admin');
    const theirs = await all.invitations.invite({ email, role: 'admin', userId: user.id }, null);
    const made = await all.invitations.invite({ email: newEmail(), role: 'admin' }, user.id);
    const other = await all.invitations.invite({ email: newEmail(), role: 'member' }, null);
    await change(user.id);
    for (const { url } of [theirs, made])
      await expect(all.invitations.of(secretOf(url))).rejects.toMatchObject({ code: 'not_found' });
    expect(await all.invitations.of(secretOf(other.url))).toEqual(other.invitation);
  });

  it('keep them when they are enabled again', async () => {
    const { user, email } = await newPerson(all);
    await all.users.setDisabled(user.id, true);
    const { url, invitation } = await all.invitations.invite({ email, role: 'member', userId: user.id }, null);
    await all.users.setDisabled(user.id, false);
    expect(await all.invitations.of(secretOf(url))).toEqual(invitation);
  });
});
