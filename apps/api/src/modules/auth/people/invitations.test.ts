import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq, inArray } from 'drizzle-orm';
import { invitations, upstreamIdentities } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { codeOf, HERE, newEmail, newPerson, PASSWORD, people, secretOf, type People } from './testing/people.ts';

const NOT_FOUND = { code: 'not_found' };
const CONFLICT = { code: 'conflict' };

describe.each(DATABASES)('invitations, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database);
  }, 60_000);
  afterAll(() => connection.close());

  const invite = (email = newEmail(), more: { role?: 'member' | 'admin'; userId?: string } = {}) =>
    all.invitations.invite({ email, role: 'member', ...more }, null);

  it('make a user who can sign in, of the role that was offered', async () => {
    const email = newEmail();
    const { url, invitation } = await invite(email, { role: 'admin' });
    expect(url).toMatch(/^https:\/\/servonaut\.example\.com\/invitation\/[\w-]{43}$/);
    expect(await all.invitations.of(secretOf(url))).toEqual(invitation);
    const user = await all.invitations.accept(secretOf(url), PASSWORD);
    expect(user).toMatchObject({ name: email, email, role: 'admin', disabledAt: null });
    expect(await all.signIn.password(email, PASSWORD, HERE)).toEqual({ done: user, methods: ['pwd'] });
  });

  it('are good once, also when used twice at the same moment', async () => {
    const secret = secretOf((await invite()).url);
    const both = await Promise.allSettled([1, 2].map(() => all.invitations.accept(secret, PASSWORD)));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: NOT_FOUND });
    await expect(all.invitations.of(secret)).rejects.toMatchObject(NOT_FOUND);
    await expect(all.invitations.accept(secret, PASSWORD)).rejects.toMatchObject(NOT_FOUND);
  });

  it('can be tried again after a password that is too weak', async () => {
    const email = newEmail();
    const secret = secretOf((await invite(email)).url);
    for (const weak of ['short', email, 'password12345678'])
      await expect(all.invitations.accept(secret, weak)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await all.invitations.accept(secret, PASSWORD)).toMatchObject({ email });
  });

  it('expire', async () => {
    const { url, invitation } = await invite();
    const past = new Date(Date.now() - 1_000);
    await connection.database.update(invitations).set({ expiresAt: past }).where(eq(invitations.id, invitation.id));
    await expect(all.invitations.accept(secretOf(url), PASSWORD)).rejects.toMatchObject(NOT_FOUND);
    expect(await all.invitations.list()).not.toContainEqual(expect.objectContaining({ id: invitation.id }));
  });

  it('are forgotten when they have expired unused', async () => {
    const [unused, { url, invitation: used }] = [(await invite()).invitation, await invite()];
    await all.invitations.accept(secretOf(url), PASSWORD);
    const past = new Date(Date.now() - 1_000);
    for (const { id } of [unused, used])
      await connection.database.update(invitations).set({ expiresAt: past }).where(eq(invitations.id, id));
    await invite();
    const kept = await connection.database.select({ id: invitations.id }).from(invitations);
    expect(kept).not.toContainEqual({ id: unused.id });
    expect(kept).toContainEqual({ id: used.id });
  });

  it('are not opened by what is stored of them', async () => {
    const { invitation } = await invite();
    for (const secret of [invitation.id, '', 'x', '\0', '\uD800'])
      await expect(all.invitations.accept(secret, PASSWORD)).rejects.toMatchObject(NOT_FOUND);
  });

  it('are listed latest first, and withdrawn', async () => {
    const [one, other] = [await invite(), await invite()];
    const ids = (await all.invitations.list()).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual([other.invitation.id, one.invitation.id]);
    await all.invitations.withdraw(one.invitation.id);
    await expect(all.invitations.of(secretOf(one.url))).rejects.toMatchObject(NOT_FOUND);
    await expect(all.invitations.withdraw(one.invitation.id)).rejects.toMatchObject(NOT_FOUND);
  });

  it('take the place of earlier ones to the same address', async () => {
    const email = newEmail();
    const [first, second] = [await invite(email), await invite(email.toUpperCase())];
    await expect(all.invitations.of(secretOf(first.url))).rejects.toMatchObject(NOT_FOUND);
    expect(await all.invitations.of(secretOf(second.url))).toMatchObject({ role: 'member' });
  });

  it('leave one of 20 that are made at the same moment', async () => {
    const email = newEmail();
    const made = await Promise.all(Array.from({ length: 20 }, (__, i) => invite(i % 2 ? email : email.toUpperCase())));
    const left = (await all.invitations.list()).filter((each) => each.email.toLowerCase() === email);
    expect(left).toHaveLength(1);
    expect(made).toContainEqual(expect.objectContaining({ invitation: left[0] }));
  });

  it("are refused for another user's address or name, then and later", async () => {
    const { email } = await newPerson(all);
    await expect(invite(email.toUpperCase())).rejects.toMatchObject(CONFLICT);
    const name = newEmail();
    const { url } = await invite(name);
    await all.users.create(name);
    await expect(invite(name)).rejects.toMatchObject(CONFLICT);
    await expect(all.invitations.accept(secretOf(url), PASSWORD)).rejects.toMatchObject(CONFLICT);
    // What failed has not used it up.
    expect(await all.invitations.of(secretOf(url))).toMatchObject({ email: name });
  });

  describe('for a user who is there already', () => {
    it('give them an address and a password, and leave their name', async () => {
      const bot = await all.users.create(newEmail().slice(0, 20));
      const email = newEmail();
      const { url } = await invite(email, { userId: bot.id });
      const user = await all.invitations.accept(secretOf(url), PASSWORD);
      expect(user).toEqual({ ...bot, email, version: 2 });
      expect(await all.signIn.password(email, PASSWORD, HERE)).toHaveProperty('done', user);
    });

    it('let somebody in again who has lost password and second factor, and nobody else any more', async () => {
      const { user, email } = await newPerson(all);
      const { offer, uri } = await all.secondFactor.offer({ userId: user.id, signedInAt: new Date() });
      await all.secondFactor.confirm(user.id, offer, codeOf(uri));
      const session = await all.sessions.begin(user, ['pwd', 'otp'], HERE);
      const { url } = await invite(email, { userId: user.id });
      await all.invitations.accept(secretOf(url), 'lantern-river-sponge');
      expect(await all.sessions.of(session)).toBeUndefined();
      expect(await all.account.means(user.id)).toMatchObject({
        hasPassword: true,
        hasTotp: false,
        recoveryCodesLeft: 0,
      });
      await expect(all.signIn.password(email, PASSWORD, HERE)).rejects.toMatchObject({ code: 'sign_in_refused' });
    });

    it('take the place of earlier ones for them, whatever the address', async () => {
      const { user, email } = await newPerson(all);
      const first = await invite(newEmail(), { userId: user.id, role: 'admin' });
      const second = await invite(email, { userId: user.id });
      await expect(all.invitations.of(secretOf(first.url))).rejects.toMatchObject(NOT_FOUND);
      expect(await all.invitations.of(secretOf(second.url))).toMatchObject({ email });
    });

    it('let one in of many who use theirs at the same moment', async () => {
      const { user } = await newPerson(all);
      const made = await Promise.all(Array.from({ length: 20 }, () => invite()));
      const ids = made.map(({ invitation: { id } }) => id);
      // All for one user, as who does not wait for others could make them.
      await connection.database
        .update(invitations)
        .set({ userId: Number(user.id) })
        .where(inArray(invitations.id, ids));
      const used = await Promise.all(made.map(({ invitation: { email } }) => all.invitations.acceptVerified(email)));
      expect(used.filter((each) => each !== undefined)).toHaveLength(1);
    });

    it('leave no other one for them once one is used', async () => {
      const { user } = await newPerson(all);
      const first = await invite(newEmail(), { userId: user.id });
      // As when both were made at the same moment.
      const second = await invite();
      const { id } = second.invitation;
      await connection.database
        .update(invitations)
        .set({ userId: Number(user.id) })
        .where(eq(invitations.id, id));
      await all.invitations.accept(secretOf(second.url), PASSWORD);
      await expect(all.invitations.of(secretOf(first.url))).rejects.toMatchObject(NOT_FOUND);
    });

    it('end who they were at another provider, and what clients were let do', async () => {
      const { user, email } = await newPerson(all);
      const identity = { issuer: 'https://provider.example', subject: newEmail(), userId: Number(user.id) };
      await connection.database.insert(upstreamIdentities).values(identity);
      await all.oauthRecords.save('Grant', newEmail(), { accountId: user.id, clientId: 'https://client.example/c' });
      expect(await all.grants.list(user.id)).toHaveLength(1);
      const { url } = await invite(email, { userId: user.id });
      await all.invitations.accept(secretOf(url), PASSWORD);
      const theirs = eq(upstreamIdentities.userId, Number(user.id));
      expect(await connection.database.$count(upstreamIdentities, theirs)).toBe(0);
      expect(await all.grants.list(user.id)).toEqual([]);
    });

    it("do not give them another user's address", async () => {
      const [one, other] = [await newPerson(all), await newPerson(all)];
      await expect(invite(other.email, { userId: one.user.id })).rejects.toMatchObject(CONFLICT);
    });
  });
});
