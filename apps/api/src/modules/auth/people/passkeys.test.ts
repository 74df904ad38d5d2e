import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { answeredChallenges } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { secretId } from './link-secret.ts';
import { codeOf, HERE, newPerson, PASSWORD, people, secretOf, type People } from './testing/people.ts';
import { SoftAuthenticator, type Lies } from './testing/soft-authenticator.ts';
import type { WebSession } from './web-sessions.ts';

const ORIGIN = 'https://servonaut.example.com';
const REFUSED = { code: 'sign_in_refused' };
const CONFLICT = { code: 'conflict' };
const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const BROWSER = 'this browser';

describe.each(DATABASES)('passkeys on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database, {
      SERVONAUT_PASSKEYS_PER_USER: '2',
      SERVONAUT_RATE_LIMITS: 'sign_in_address=1000/900',
    });
  }, 60_000);
  afterAll(() => connection.close());

  async function newSession() {
    const { user, email } = await newPerson(all);
    const session = await all.sessions.of(await all.sessions.begin(user, ['pwd'], HERE));
    if (!session) throw new Error('the session is not there');
    return { user, email, session };
  }

  async function add(session: WebSession, label = 'Laptop', lies?: Lies): Promise<SoftAuthenticator> {
    const device = new SoftAuthenticator(ORIGIN);
    const { options, challenge } = await all.passkeys.offer(session, label);
    await all.passkeys.confirm(session, challenge, device.make(options, lies));
    return device;
  }

  function ask() {
    const question = all.passkeySignIn.ask(BROWSER);
    if (!question) throw new Error('passkeys are possible here');
    return question;
  }

  /** Signs in with what the device answers. */
  async function signIn(device: SoftAuthenticator, lies?: Lies, attempt?: string) {
    const { options, challenge } = ask();
    const credential = device.use(options, lies);
    return all.passkeySignIn.answer({ challenge, credential, attempt }, BROWSER, HERE);
  }

  describe('being made', () => {
    it('are named, listed, and asked for with what keeps a person apart from who they are', async () => {
      const { user, session, email } = await newSession();
      const { options } = await all.passkeys.offer(session, 'Laptop');
      expect(options).toMatchObject({
        rp: { id: 'servonaut.example.com' },
        user: { name: email },
        attestation: 'none',
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      expect(Buffer.from(options.user.id, 'base64url')).toHaveLength(64);
      const device = await add(session, 'Ada’s laptop');
      expect(await all.passkeys.list(user.id)).toEqual([
        { id: device.id, label: 'Ada’s laptop', createdAt: expect.any(Date), lastUsedAt: null },
      ]);
      const second = await all.passkeys.offer(session, 'Phone');
      expect(second.options.excludeCredentials).toEqual([{ id: device.id, type: 'public-key' }]);
    });

    it.each<[string, Lies]>([
      ['at another origin', { origin: 'https://servonaut.example.com.evil.example' }],
      ['for another site', { rpId: 'evil.example' }],
      ['for another challenge', { challenge: 'A'.repeat(43) }],
      ['without verifying its person', { verified: false }],
      ['as an answer to another question', { type: 'webauthn.get' }],
    ])('are refused when made %s', async (__, lies) => {
      const { user, session } = await newSession();
      await expect(add(session, 'Laptop', lies)).rejects.toMatchObject(REFUSED);
      expect(await all.passkeys.list(user.id)).toEqual([]);
    });

    it('are taken once, in the session that asked, while its sign-in is fresh', async () => {
      const { user, session } = await newSession();
      const other = await newSession();
      const { options, challenge } = await all.passkeys.offer(session, 'Laptop');
      const answer = new SoftAuthenticator(ORIGIN).make(options);
      await expect(all.passkeys.confirm(other.session, challenge, answer)).rejects.toMatchObject(REFUSED);
      await expect(all.passkeys.confirm(session, 'made up', answer)).rejects.toMatchObject(REFUSED);
      await all.passkeys.confirm(session, challenge, answer);
      await expect(all.passkeys.confirm(session, challenge, answer)).rejects.toMatchObject(CONFLICT);
      await expect(all.passkeys.offer({ ...session, signedInAt: LONG_AGO }, 'Phone')).rejects.toMatchObject(REFUSED);
      expect(await all.passkeys.list(user.id)).toHaveLength(1);
    });

    it('belong to one person only', async () => {
      const [one, other] = [await newSession(), await newSession()];
      const device = await add(one.session);
      await expect(add(other.session, 'Laptop', { id: device.id })).rejects.toMatchObject(CONFLICT);
      expect(await all.passkeys.list(other.user.id)).toEqual([]);
    });

    it('are as many as the setting allows, also when they are made at once', async () => {
      const { user, session } = await newSession();
      const offers = await Promise.all(['a', 'b', 'c'].map((label) => all.passkeys.offer(session, label)));
      const made = offers.map(({ options, challenge }) =>
        all.passkeys.confirm(session, challenge, new SoftAuthenticator(ORIGIN).make(options)),
      );
      expect((await Promise.allSettled(made)).filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
      expect(await all.passkeys.list(user.id)).toHaveLength(2);
      await expect(all.passkeys.offer(session, 'd')).rejects.toMatchObject(CONFLICT);
    });

    it('are not made for an address that browsers make none for', async () => {
      const local = await people(connection.database, { PUBLIC_URL: 'http://127.0.0.1:8080' });
      const { session } = await newSession();
      expect([local.passkeys.possible, local.passkeySignIn.ask(BROWSER)]).toEqual([false, null]);
      await expect(local.passkeys.offer(session, 'Laptop')).rejects.toMatchObject(CONFLICT);
    });
  });

  describe('at the sign-in', () => {
    let session: WebSession;
    let device: SoftAuthenticator;
    beforeEach(async () => {
      ({ session } = await newSession());
      device = await add(session);
    });

    it('are enough alone, and say when they were used', async () => {
      expect(await signIn(device)).toMatchObject({ done: { id: session.userId }, methods: ['pop', 'mfa'] });
      expect(await signIn(device)).toMatchObject({ done: { id: session.userId } });
      expect(await all.passkeys.list(session.userId)).toMatchObject([{ lastUsedAt: expect.any(Date) }]);
    });

    it.each<[string, Lies]>([
      ['at another origin', { origin: 'https://evil.example' }],
      ['at another port of the same host', { origin: 'https://servonaut.example.com:8443' }],
      ['for another site', { rpId: 'evil.example' }],
      ['for another challenge', { challenge: 'A'.repeat(43) }],
      ['without verifying its person', { verified: false }],
      ['as an answer to another question', { type: 'webauthn.create' }],
      ['for another person', { userHandle: 'A'.repeat(86) }],
    ])('are refused when used %s', async (__, lies) => {
      await expect(signIn(device, lies)).rejects.toMatchObject(REFUSED);
      expect(await signIn(device)).toMatchObject({ done: { id: session.userId } });
    });

    it('are refused when nobody has them, or another key signs in their name', async () => {
      const stranger = new SoftAuthenticator(ORIGIN);
      stranger.make((await all.passkeys.offer(session, 'none')).options);
      await expect(signIn(stranger)).rejects.toMatchObject(REFUSED);
      await expect(signIn(stranger, { id: device.id })).rejects.toMatchObject(REFUSED);
    });

    it('are refused when their counter does not go on: there is a copy', async () => {
      await signIn(device, { counter: 7 });
      for (const counter of [7, 6, 0]) await expect(signIn(device, { counter })).rejects.toMatchObject(REFUSED);
      expect(await signIn(device, { counter: 8 })).toHaveProperty('done');
    });

    it('may be of a device that does not count', async () => {
      for (let i = 0; i < 2; i += 1) expect(await signIn(device, { counter: 0 })).toHaveProperty('done');
    });

    it('answer a question once, of many at the same moment one, and only in the browser that was asked', async () => {
      const { options, challenge } = ask();
      const credential = device.use(options, { counter: 0 });
      const answer = (browser: string) => all.passkeySignIn.answer({ challenge, credential }, browser, HERE);
      await expect(answer('another browser')).rejects.toMatchObject(REFUSED);
      const answers = await Promise.allSettled(Array.from({ length: 5 }, () => answer(BROWSER)));
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(answer(BROWSER)).rejects.toMatchObject(REFUSED);
    });

    it('do not answer what was asked for making one, nor the other way about', async () => {
      const offer = await all.passkeys.offer(session, 'Phone');
      const used = device.use(offer.options);
      const answered = { challenge: offer.challenge, credential: used };
      await expect(all.passkeySignIn.answer(answered, BROWSER, HERE)).rejects.toMatchObject(REFUSED);
      const made = new SoftAuthenticator(ORIGIN).make({ ...offer.options, challenge: ask().options.challenge });
      await expect(all.passkeys.confirm(session, ask().challenge, made)).rejects.toMatchObject(REFUSED);
    });

    it('store nothing for whoever only asks, or is refused', async () => {
      await connection.database.delete(answeredChallenges);
      ask();
      await expect(signIn(device, { verified: false })).rejects.toMatchObject(REFUSED);
      expect(await connection.database.$count(answeredChallenges)).toBe(0);
      await signIn(device);
      expect(await connection.database.$count(answeredChallenges)).toBe(1);
    });

    it('are tried from one address as often as passwords, and no more, and the owner’s browser counts alone', async () => {
      const limited = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'sign_in_address=2/900' });
      const answered = { challenge: 'made up', credential: device.use({ challenge: 'made up' }) };
      const codes: string[] = [];
      for (let i = 0; i < 3; i += 1)
        await limited.passkeySignIn
          .answer(answered, BROWSER, HERE)
          .catch(({ code }: { code: string }) => codes.push(code));
      expect(codes).toEqual(['sign_in_refused', 'sign_in_refused', 'too_many_requests']);
      const known = limited.passkeySignIn.answer(answered, BROWSER, { ...HERE, knownAs: 'theirs' });
      await expect(known).rejects.toMatchObject(REFUSED);
    });

    it('let no disabled user in', async () => {
      await all.users.setDisabled(session.userId, true);
      await expect(signIn(device)).rejects.toMatchObject(REFUSED);
    });

    it('are refused once the account was given anew', async () => {
      const email = `anew-${device.id}@example.com`.toLowerCase();
      const { url } = await all.invitations.invite({ email, role: 'member', userId: session.userId }, null);
      await all.invitations.accept(secretOf(url), PASSWORD);
      await expect(signIn(device)).rejects.toMatchObject(REFUSED);
    });
  });

  describe('as a second factor', () => {
    async function newProtected() {
      const person = await newSession();
      const { offer, uri } = await all.secondFactor.offer(person.session);
      await all.secondFactor.confirm(person.user.id, offer, codeOf(uri));
      const step = await all.signIn.password(person.email, PASSWORD, HERE);
      if (!('attempt' in step)) throw new Error('no second factor was asked for');
      return { ...person, attempt: step.attempt };
    }

    it('take the place of a code', async () => {
      const { session, attempt, user } = await newProtected();
      const device = await add(session);
      const step = await signIn(device, {}, attempt);
      expect(step).toMatchObject({ done: { id: user.id }, methods: ['pwd', 'pop', 'mfa'] });
    });

    it("are refused to another person's password", async () => {
      const [one, other] = [await newProtected(), await newProtected()];
      const device = await add(one.session);
      await expect(signIn(device, {}, other.attempt)).rejects.toMatchObject(REFUSED);
      await expect(signIn(device, {}, 'made up')).rejects.toMatchObject(REFUSED);
    });
  });

  describe('being removed', () => {
    it('are of no use any more', async () => {
      const { user, session } = await newSession();
      const device = await add(session);
      await all.passkeys.remove(session, device.id);
      expect(await all.passkeys.list(user.id)).toEqual([]);
      await expect(signIn(device)).rejects.toMatchObject(REFUSED);
    });

    it('are removed by nobody else, nor after a sign-in of long ago', async () => {
      const [{ session }, other] = [await newSession(), await newSession()];
      const device = await add(session);
      await expect(all.passkeys.remove(other.session, device.id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(all.passkeys.remove({ ...session, signedInAt: LONG_AGO }, device.id)).rejects.toMatchObject(REFUSED);
      expect(await signIn(device)).toHaveProperty('done');
    });

    it('stay when their person could not sign in without, whichever of two are removed at once', async () => {
      const email = `nobody-${Date.now()}@example.com`;
      await all.invitations.invite({ email, role: 'member' }, null);
      const user = await all.invitations.acceptVerified(email);
      if (!user) throw new Error('the invitation is there');
      const secret = await all.sessions.begin(user, [], HERE);
      const session = await all.sessions.of(secret);
      if (!session) throw new Error('the session is there');
      expect(session.id).toBe(secretId(secret));
      const devices = [await add(session, 'one'), await add(session, 'two')];
      const removed = await Promise.allSettled(devices.map(({ id }) => all.passkeys.remove(session, id)));
      expect(removed.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const [left] = await all.passkeys.list(user.id);
      await expect(all.passkeys.remove(session, left?.id ?? '')).rejects.toMatchObject(CONFLICT);
    });
  });
});
