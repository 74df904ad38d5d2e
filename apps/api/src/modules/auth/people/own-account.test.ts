import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { secretId } from './link-secret.ts';
import { HERE, newPerson, PASSWORD, people, type People } from './testing/people.ts';
import type { User } from './user-service.ts';

const REFUSED = { code: 'sign_in_refused' };
const NEXT = 'lantern-river-sponge';

describe.each(DATABASES)('an account of one’s own, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database);
  }, 60_000);
  afterAll(() => connection.close());

  const justNow = ({ id: userId }: User, id = '') => ({ id, userId, signedInAt: new Date() });

  describe('password', () => {
    it.each([new Date('2026-01-01T00:00:00Z'), null])(
      'does not change, right or wrong, in a session from %s',
      async (at) => {
        const { user, email } = await newPerson(all);
        const stale = { ...justNow(user), signedInAt: at };
        for (const current of [PASSWORD, 'wrong'])
          await expect(all.account.changePassword(stale, current, NEXT)).rejects.toMatchObject({
            ...REFUSED,
            nextStep: 'Sign in again.',
          });
        expect(await all.signIn.password(email, PASSWORD, HERE)).toHaveProperty('done');
      },
    );

    it('changes for whoever knows the old one, and ends all other sessions and what applications were let do', async () => {
      const { user, email } = await newPerson(all);
      const [here, there] = [
        await all.sessions.begin(user, ['pwd'], HERE),
        await all.sessions.begin(user, ['pwd'], HERE),
      ];
      await all.oauthRecords.save('Grant', user.id, { accountId: user.id, clientId: 'https://client.example/c' });
      await all.account.changePassword(justNow(user, secretId(here)), PASSWORD, NEXT);
      expect(await all.grants.list(user.id)).toEqual([]);
      expect(await all.sessions.of(here)).toMatchObject({ userId: user.id });
      expect(await all.sessions.of(there)).toBeUndefined();
      await expect(all.signIn.password(email, PASSWORD, HERE)).rejects.toMatchObject(REFUSED);
      expect(await all.signIn.password(email, NEXT, HERE)).toHaveProperty('done');
    });

    it('stays when the old one is wrong or the new one is weak', async () => {
      const { user, email } = await newPerson(all);
      await expect(all.account.changePassword(justNow(user), 'wrong', NEXT)).rejects.toMatchObject(REFUSED);
      for (const weak of ['short', 'password12345678', email])
        await expect(all.account.changePassword(justNow(user), PASSWORD, weak)).rejects.toMatchObject({
          code: 'invalid_request',
        });
      expect(await all.signIn.password(email, PASSWORD, HERE)).toHaveProperty('done');
    });

    it('cannot be guessed from a session that somebody left open', async () => {
      const { user } = await newPerson(all);
      for (let i = 0; i < 10; i += 1)
        await expect(all.account.changePassword(justNow(user), `wrong ${i}`, NEXT)).rejects.toMatchObject(REFUSED);
      await expect(all.account.changePassword(justNow(user), PASSWORD, NEXT)).rejects.toMatchObject({
        code: 'too_many_requests',
      });
    });
  });
});
