import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { secretId } from './link-secret.ts';
import { codeOf, HERE, newPerson, PASSWORD, people, type People } from './testing/people.ts';

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

  describe('password', () => {
    it('changes for whoever knows the old one, and ends all other sessions', async () => {
      const { user, email } = await newPerson(all);
      const [here, there] = [
        await all.sessions.begin(user, ['pwd'], HERE),
        await all.sessions.begin(user, ['pwd'], HERE),
      ];
      await all.account.changePassword(user.id, PASSWORD, NEXT, secretId(here));
      expect(await all.sessions.of(here)).toMatchObject({ userId: user.id });
      expect(await all.sessions.of(there)).toBeUndefined();
      await expect(all.signIn.password(email, PASSWORD, HERE)).rejects.toMatchObject(REFUSED);
      expect(await all.signIn.password(email, NEXT, HERE)).toHaveProperty('done');
    });

    it('stays when the old one is wrong or the new one is weak', async () => {
      const { user, email } = await newPerson(all);
      await expect(all.account.changePassword(user.id, 'wrong', NEXT)).rejects.toMatchObject(REFUSED);
      for (const weak of ['short', 'password12345678', email])
        await expect(all.account.changePassword(user.id, PASSWORD, weak)).rejects.toMatchObject({
          code: 'invalid_request',
        });
      expect(await all.signIn.password(email, PASSWORD, HERE)).toHaveProperty('done');
    });

    it('cannot be guessed from a session that somebody left open', async () => {
      const { user } = await newPerson(all);
      for (let i = 0; i < 10; i += 1)
        await expect(all.account.changePassword(user.id, `wrong ${i}`, NEXT)).rejects.toMatchObject(REFUSED);
      await expect(all.account.changePassword(user.id, PASSWORD, NEXT)).rejects.toMatchObject({
        code: 'too_many_requests',
      });
      await expect(all.account.removeTotp(user.id, PASSWORD)).rejects.toMatchObject({ code: 'too_many_requests' });
    });
  });

  describe('second factor', () => {
    it('is in force with the first right code, and gives ten recovery codes', async () => {
      const { user } = await newPerson(all);
      const { offer, uri } = await all.account.offerTotp(user.id);
      expect(await all.account.means(user.id)).toMatchObject({ hasTotp: false });
      await expect(all.account.confirmTotp(user.id, offer, '000000')).rejects.toMatchObject(REFUSED);
      expect(await all.account.confirmTotp(user.id, offer, codeOf(uri))).toHaveLength(10);
      expect(await all.account.means(user.id)).toEqual({ hasPassword: true, hasTotp: true, recoveryCodesLeft: 10 });
    });

    it('is not replaced without being removed, which needs the password', async () => {
      const { user } = await newPerson(all);
      const first = await all.account.offerTotp(user.id);
      await all.account.confirmTotp(user.id, first.offer, codeOf(first.uri));
      const second = await all.account.offerTotp(user.id);
      await expect(all.account.confirmTotp(user.id, second.offer, codeOf(second.uri))).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(all.account.removeTotp(user.id, 'wrong')).rejects.toMatchObject(REFUSED);
      await all.account.removeTotp(user.id, PASSWORD);
      expect(await all.account.means(user.id)).toEqual({ hasPassword: true, hasTotp: false, recoveryCodesLeft: 0 });
      expect(await all.account.confirmTotp(user.id, second.offer, codeOf(second.uri))).toHaveLength(10);
    });

    it("is not taken from another user's offer, nor from one that was made up", async () => {
      const [one, other] = [await newPerson(all), await newPerson(all)];
      const { offer, uri } = await all.account.offerTotp(other.user.id);
      for (const given of [offer, '', 'x', offer.slice(0, -2)])
        await expect(all.account.confirmTotp(one.user.id, given, codeOf(uri))).rejects.toMatchObject(REFUSED);
    });
  });
});
