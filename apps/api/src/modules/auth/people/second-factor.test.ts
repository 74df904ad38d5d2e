import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { codeOf, HERE, newPerson, PASSWORD, people, type People } from './testing/people.ts';

const REFUSED = { code: 'sign_in_refused' };
const CONFLICT = { code: 'conflict' };
const LONG_AGO = new Date('2026-01-01T00:00:00Z');

describe.each(DATABASES)('a second factor of one’s own, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database);
  }, 60_000);
  afterAll(() => connection.close());

  /** Somebody who signed in just now. */
  async function newSignedIn() {
    const { user, email } = await newPerson(all);
    return { email, by: { userId: user.id, signedInAt: new Date() } };
  }

  /** The same, with an authenticator. */
  async function newProtected() {
    const person = await newSignedIn();
    const { offer, uri } = await all.secondFactor.offer(person.by);
    const codes = await all.secondFactor.confirm(person.by.userId, offer, codeOf(uri));
    return { ...person, uri, codes };
  }

  async function signsInWith(email: string, code: string): Promise<boolean> {
    const step = await all.signIn.password(email, PASSWORD, HERE);
    if (!('attempt' in step)) throw new Error('no second factor was asked for');
    return all.signIn.second(step.attempt, code, HERE).then(
      () => true,
      () => false,
    );
  }

  it('is in force with the first right code, and gives ten recovery codes', async () => {
    const { by } = await newSignedIn();
    const { offer, uri } = await all.secondFactor.offer(by);
    expect(await all.account.means(by.userId)).toMatchObject({ hasTotp: false });
    await expect(all.secondFactor.confirm(by.userId, offer, '000000')).rejects.toMatchObject(REFUSED);
    expect(await all.secondFactor.offered(by.userId, offer)).toMatchObject({ offer, uri });
    expect(await all.secondFactor.confirm(by.userId, offer, codeOf(uri))).toHaveLength(10);
    expect(await all.account.means(by.userId)).toMatchObject({ hasTotp: true, recoveryCodesLeft: 10 });
  });

  it('is not replaced without being removed', async () => {
    const { by } = await newProtected();
    const second = await all.secondFactor.offer(by);
    await expect(all.secondFactor.confirm(by.userId, second.offer, codeOf(second.uri))).rejects.toMatchObject(CONFLICT);
    await all.secondFactor.remove(by);
    expect(await all.account.means(by.userId)).toMatchObject({ hasTotp: false, recoveryCodesLeft: 0 });
    expect(await all.secondFactor.confirm(by.userId, second.offer, codeOf(second.uri))).toHaveLength(10);
  });

  it("is not taken from another user's offer, nor from one that was made up", async () => {
    const [one, other] = [await newSignedIn(), await newSignedIn()];
    const { offer, uri } = await all.secondFactor.offer(other.by);
    for (const given of [offer, '', 'x', offer.slice(0, -2)]) {
      await expect(all.secondFactor.confirm(one.by.userId, given, codeOf(uri))).rejects.toMatchObject(REFUSED);
      await expect(all.secondFactor.offered(one.by.userId, given)).rejects.toMatchObject(REFUSED);
    }
  });

  it('gets new recovery codes, and then takes none of the old ones', async () => {
    const { by, email, codes } = await newProtected();
    const renewed = await all.secondFactor.renewRecoveryCodes(by);
    expect(renewed).toHaveLength(10);
    expect(await all.account.means(by.userId)).toMatchObject({ recoveryCodesLeft: 10 });
    expect(await signsInWith(email, codes[0] ?? '')).toBe(false);
    expect(await signsInWith(email, renewed[0] ?? '')).toBe(true);
  });

  it('has one set of recovery codes however often they are renewed at once', async () => {
    const { by } = await newProtected();
    await Promise.all(Array.from({ length: 5 }, () => all.secondFactor.renewRecoveryCodes(by)));
    expect(await all.account.means(by.userId)).toMatchObject({ recoveryCodesLeft: 10 });
  });

  it('has no recovery codes while there is none', async () => {
    const { by } = await newSignedIn();
    await expect(all.secondFactor.renewRecoveryCodes(by)).rejects.toMatchObject(CONFLICT);
  });

  it('is set up, removed, and given new codes, only by whoever signed in a moment ago', async () => {
    const { by } = await newProtected();
    const stale = { ...by, signedInAt: LONG_AGO };
    await expect(all.secondFactor.offer(stale)).rejects.toMatchObject(REFUSED);
    await expect(all.secondFactor.renewRecoveryCodes(stale)).rejects.toMatchObject(REFUSED);
    await expect(all.secondFactor.remove(stale)).rejects.toMatchObject(REFUSED);
    expect(await all.account.means(by.userId)).toMatchObject({ hasTotp: true, recoveryCodesLeft: 10 });
  });
});
