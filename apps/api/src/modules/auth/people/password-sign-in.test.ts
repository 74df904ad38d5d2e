import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { Passwords } from './passwords.ts';
import type { RequestSource } from './request-source.ts';
import type { SignInStep } from './sign-in.ts';
import { SignInRecords } from './sign-in-records.ts';
import { codeOf, HERE, newEmail, newPerson, PASSWORD, people, type People } from './testing/people.ts';

const REFUSED = { code: 'sign_in_refused' };
const TOO_MANY = { code: 'too_many_requests' };
const ELSEWHERE = { ...HERE, address: '198.51.100.9' };

function attemptOf(step: SignInStep): string {
  if (!('needs' in step)) throw new Error('no second factor was asked for');
  return step.attempt;
}

/** Gives somebody a second factor whose last code is of a step long ago. */
async function withTotp(all: People) {
  const person = await newPerson(all);
  const { offer, uri } = await all.secondFactor.offer({ userId: person.user.id, signedInAt: new Date() });
  const recoveryCodes = await all.secondFactor.confirm(person.user.id, offer, codeOf(uri, -1));
  return { ...person, recoveryCodes, code: (offset = 0) => codeOf(uri, offset) };
}

describe.each(DATABASES)('signing in, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'sign_in_address=100000/900' });
  }, 60_000);
  afterAll(() => connection.close());
  // The step of one-time codes that a test begins in is the one that it ends in, however busy the machine is.
  beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(Date.now()));
  afterEach(() => void jest.restoreAllMocks());

  const refusal = (email: string, password: string, from = HERE) =>
    all.signIn.password(email, password, from).catch((error: unknown) => error);

  it('takes the right password, however the address is written', async () => {
    const { user, email } = await newPerson(all);
    expect(await all.signIn.password(email.toUpperCase(), PASSWORD, HERE)).toEqual({ done: user, methods: ['pwd'] });
  });

  it('refuses whatever is wrong in the same words', async () => {
    const { user, email } = await newPerson(all);
    const withoutPassword = await all.users.create(newEmail());
    const answers = [
      await refusal(email, `${PASSWORD}!`),
      await refusal(newEmail(), PASSWORD),
      await refusal(withoutPassword.name, PASSWORD),
      await refusal('', ''),
    ];
    await all.users.setDisabled(user.id, true);
    answers.push(await refusal(email, PASSWORD));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject(REFUSED);
  });

  it.each(['\0', 'a\0@example.com', '\uD800@example.com', "' OR 1=1 --", '%', '{"$ne":null}', 'é'.repeat(250)])(
    'refuses %j like any address that nobody has',
    async (hostile) => {
      const { email } = await newPerson(all);
      expect(await refusal(hostile, PASSWORD)).toMatchObject(REFUSED);
      expect(await refusal(email, hostile)).toMatchObject(REFUSED);
    },
  );

  it('does as much for somebody who does not exist', async () => {
    const { email } = await newPerson(all);
    const withoutPassword = await all.users.create(newEmail());
    const looked = jest.spyOn(SignInRecords.prototype, 'ofEmail');
    const compared = jest.spyOn(Passwords.prototype, 'matches');
    for (const who of [email, newEmail(), withoutPassword.name]) {
      await refusal(who, 'not the password');
      expect([looked.mock.calls.length, compared.mock.calls.length]).toEqual([1, 1]);
      for (const calls of [looked, compared]) calls.mockClear();
    }
  });

  it('locks a guesser out, and the owner elsewhere not', async () => {
    const { email } = await newPerson(all);
    for (let i = 0; i < 10; i += 1) expect(await refusal(email, 'wrong')).toMatchObject(REFUSED);
    expect(await refusal(email, PASSWORD)).toMatchObject(TOO_MANY);
    expect(await refusal(email.toUpperCase(), PASSWORD)).toMatchObject(TOO_MANY);
    expect(await all.signIn.password(email, PASSWORD, ELSEWHERE)).toHaveProperty('done');
    const nobody = newEmail();
    for (let i = 0; i < 10; i += 1) await refusal(nobody, 'wrong');
    expect(await refusal(nobody, 'wrong')).toEqual(await refusal(email, 'wrong'));
  }, 30_000);

  it('locks somebody who guesses from everywhere out, and not the owner in a browser of theirs', async () => {
    const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'sign_in_everywhere=3/900' });
    const { email } = await newPerson(narrow);
    const nobody = newEmail();
    const from = (last: number) => ({ ...HERE, address: `203.0.113.${last}` });
    const inTurn = async (who: string) => {
      const answers: unknown[] = [];
      for (const last of [1, 2, 3, 4])
        answers.push(await narrow.signIn.password(who, 'wrong', from(last)).catch((error: unknown) => error));
      return answers;
    };
    const [known, unknown] = [await inTurn(email), await inTurn(nobody)];
    expect(known).toMatchObject([REFUSED, REFUSED, REFUSED, TOO_MANY]);
    expect(unknown).toEqual(known);
    await expect(narrow.signIn.password(email, PASSWORD, ELSEWHERE)).rejects.toMatchObject(TOO_MANY);
    for (const last of [5, 6, 7, 8])
      expect(await narrow.signIn.password(email, PASSWORD, { ...from(last), knownAs: 'theirs' })).toHaveProperty(
        'done',
      );
  });

  it('lets the owner in from the address of whoever guesses, in a browser of theirs', async () => {
    const SERVONAUT_RATE_LIMITS = 'sign_in_address=2/900,sign_in_account=2/900,sign_in_everywhere=2/900';
    const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS });
    const { email } = await newPerson(narrow);
    for (let i = 0; i < 2; i += 1)
      await expect(narrow.signIn.password(email, 'wrong', HERE)).rejects.toMatchObject(REFUSED);
    await expect(narrow.signIn.password(email, PASSWORD, HERE)).rejects.toMatchObject(TOO_MANY);
    expect(await narrow.signIn.password(email, PASSWORD, { ...HERE, knownAs: 'theirs' })).toHaveProperty('done');
  });

  it('gives whoever has stolen the marks of browsers few tries in each, and few in all', async () => {
    const SERVONAUT_RATE_LIMITS = 'sign_in_account=2/900,sign_in_everywhere=3/900';
    const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS });
    const { email } = await newPerson(narrow);
    const guess = (knownAs: string, password = 'wrong') =>
      narrow.signIn.password(email, password, { ...HERE, knownAs }).catch((error: unknown) => error);
    expect([await guess('one'), await guess('one')]).toMatchObject([REFUSED, REFUSED]);
    expect(await guess('one', PASSWORD)).toMatchObject(TOO_MANY);
    expect(await guess('other', PASSWORD)).toHaveProperty('done');
    expect([await guess('third'), await guess('fourth', PASSWORD)]).toMatchObject([REFUSED, TOO_MANY]);
  });

  it('checks one after the other what comes at once', async () => {
    const { email } = await newPerson(all);
    const five = await Promise.all(Array.from({ length: 5 }, () => all.signIn.password(email, PASSWORD, HERE)));
    for (const step of five) expect(step).toHaveProperty('done');
  });

  it('counts as wrong only what was looked at', async () => {
    const most = 12;
    const SERVONAUT_RATE_LIMITS = `sign_in_account=${most}/900`;
    const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS, SERVONAUT_PASSWORDS_WAITING: '1' });
    const { email } = await newPerson(narrow);
    const guess = (password = 'wrong') =>
      narrow.signIn.password(email, password, HERE).catch((error: unknown) => error);
    const answers = (await Promise.all(Array.from({ length: most }, () => guess()))) as { code: string }[];
    const looked = answers.filter(({ code }) => code === REFUSED.code).length;
    for (let i = looked; i < most; i += 1) expect(await guess()).toMatchObject(REFUSED);
    expect(await guess(PASSWORD)).toMatchObject(TOO_MANY);
  });

  it('locks out whoever tries one password on many accounts', async () => {
    const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'sign_in_address=3/900' });
    for (let i = 0; i < 3; i += 1)
      await expect(narrow.signIn.password(newEmail(), PASSWORD, HERE)).rejects.toMatchObject(REFUSED);
    const { email } = await newPerson(narrow);
    await expect(narrow.signIn.password(email, PASSWORD, HERE)).rejects.toMatchObject(TOO_MANY);
    expect(await narrow.signIn.password(email, PASSWORD, ELSEWHERE)).toHaveProperty('done');
  });

  it('does not let an account of their own give a guesser more tries', async () => {
    const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'sign_in_address=3/900' });
    const { email } = await newPerson(narrow);
    for (let i = 0; i < 3; i += 1) await narrow.signIn.password(email, PASSWORD, HERE);
    await expect(narrow.signIn.password(email, PASSWORD, HERE)).rejects.toMatchObject(TOO_MANY);
  });

  describe('with a second factor', () => {
    it('asks for it after the password only, and takes each code once', async () => {
      const { user, email, code } = await withTotp(all);
      expect(await refusal(email, 'wrong')).toMatchObject(REFUSED);
      const attempt = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
      expect(attempt).not.toContain(PASSWORD);
      const typed = code();
      const done = await all.signIn.second(attempt, typed, HERE);
      expect(done).toEqual({ done: user, methods: ['pwd', 'otp'] });
      const again = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
      await expect(all.signIn.second(again, typed, HERE)).rejects.toMatchObject(REFUSED);
    });

    it('lets one of two uses of a code at the same moment in', async () => {
      const { email, code, recoveryCodes } = await withTotp(all);
      for (const typed of [code(), recoveryCodes[0] ?? '']) {
        const attempt = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
        const both = await Promise.allSettled([1, 2].map(() => all.signIn.second(attempt, typed, HERE)));
        expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      }
    });

    it('still takes recovery codes, and tells a stranger nothing, when the master secret is another one', async () => {
      const { email, code, recoveryCodes } = await withTotp(all);
      const elsewhere = await people(connection.database);
      await expect(elsewhere.signIn.password(email, 'wrong', HERE)).rejects.toMatchObject(REFUSED);
      const attempt = attemptOf(await elsewhere.signIn.password(email, PASSWORD, HERE));
      await expect(elsewhere.signIn.second(attempt, code(), HERE)).rejects.toMatchObject(REFUSED);
      expect(await elsewhere.signIn.second(attempt, recoveryCodes[0] ?? '', HERE)).toHaveProperty('done');
    });

    it('takes a recovery code once', async () => {
      const { user, email, recoveryCodes } = await withTotp(all);
      const attempt = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
      const typed = recoveryCodes[3]?.toLowerCase().replaceAll('-', ' ') ?? '';
      expect(await all.signIn.second(attempt, typed, HERE)).toHaveProperty('done');
      await expect(all.signIn.second(attempt, typed, HERE)).rejects.toMatchObject(REFUSED);
      expect(await all.account.means(user.id)).toMatchObject({ recoveryCodesLeft: 9 });
    });

    it("refuses another's codes, and attempts that are made up", async () => {
      const [one, other] = [await withTotp(all), await withTotp(all)];
      const attempt = attemptOf(await all.signIn.password(one.email, PASSWORD, HERE));
      await expect(all.signIn.second(attempt, other.recoveryCodes[0] ?? '', HERE)).rejects.toMatchObject(REFUSED);
      for (const madeUp of ['', 'x', attempt.slice(0, -2), `${attempt.slice(0, 20)}A${attempt.slice(21)}`])
        await expect(all.signIn.second(madeUp, one.code(), HERE)).rejects.toMatchObject(REFUSED);
    });

    it.each(['\0', 'ABCD-EFGH-IJKL-MNO\0', '\uD800', "' OR 1=1 --"])('refuses %j as a code', async (hostile) => {
      const { email } = await withTotp(all);
      const attempt = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
      await expect(all.signIn.second(attempt, hostile, HERE)).rejects.toMatchObject(REFUSED);
    });

    it('stops a guesser who has the password, from wherever', async () => {
      const { email, code } = await withTotp(all);
      const attempt = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
      const guess = code(7);
      for (let i = 0; i < 10; i += 1)
        await expect(all.signIn.second(attempt, guess, HERE)).rejects.toMatchObject(REFUSED);
      await expect(all.signIn.second(attempt, code(), ELSEWHERE)).rejects.toMatchObject(TOO_MANY);
    });

    it('lets the owner in in a browser of theirs, and by a recovery code from wherever, whoever guesses codes', async () => {
      const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'second_factor=2/900' });
      const { email, code, recoveryCodes } = await withTotp(narrow);
      const attemptIn = async (from: RequestSource) => attemptOf(await narrow.signIn.password(email, PASSWORD, from));
      const stranger = await attemptIn(HERE);
      for (let i = 0; i < 2; i += 1)
        await expect(narrow.signIn.second(stranger, code(7), HERE)).rejects.toMatchObject(REFUSED);
      await expect(narrow.signIn.second(stranger, code(), HERE)).rejects.toMatchObject(TOO_MANY);
      const owner = await attemptIn({ ...HERE, knownAs: 'theirs' });
      expect(await narrow.signIn.second(owner, code(), HERE)).toHaveProperty('done');
      await expect(narrow.signIn.second(await attemptIn(ELSEWHERE), code(1), ELSEWHERE)).rejects.toMatchObject(
        TOO_MANY,
      );
      expect(await narrow.signIn.second(stranger, recoveryCodes[0] ?? '', HERE)).toHaveProperty('done');
    });

    it('ends guessing of recovery codes at one address, and there alone', async () => {
      const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS: 'recovery_code=2/900' });
      const { email, code, recoveryCodes } = await withTotp(narrow);
      const attempt = attemptOf(await narrow.signIn.password(email, PASSWORD, HERE));
      for (let i = 0; i < 2; i += 1)
        await expect(narrow.signIn.second(attempt, 'ABCD-EFGH-IJKL-MNOP', HERE)).rejects.toMatchObject(REFUSED);
      const right = recoveryCodes[0] ?? '';
      await expect(narrow.signIn.second(attempt, right, HERE)).rejects.toMatchObject(TOO_MANY);
      expect(await narrow.signIn.second(attempt, right, ELSEWHERE)).toHaveProperty('done');
      expect(await narrow.signIn.second(attempt, code(), HERE)).toHaveProperty('done');
    });

    it('ends guessing of codes that is patient, also when the owner comes in meanwhile', async () => {
      const SERVONAUT_RATE_LIMITS = 'second_factor=1000/900,second_factor_day=3/86400';
      const narrow = await people(connection.database, { SERVONAUT_RATE_LIMITS });
      const { email, code } = await withTotp(narrow);
      for (const knownAs of [undefined, 'theirs']) {
        const attempt = attemptOf(await narrow.signIn.password(email, PASSWORD, { ...HERE, knownAs }));
        const tries = [code(7), code(7), knownAs ? code(1) : code(), code(7), code(7)];
        const answers: unknown[] = [];
        for (const typed of tries)
          answers.push(await narrow.signIn.second(attempt, typed, HERE).catch((error: unknown) => error));
        expect(answers).toMatchObject([REFUSED, REFUSED, { methods: ['pwd', 'otp'] }, REFUSED, TOO_MANY]);
      }
    });

    it('tells the owner how many codes were wrong, also once a right one has come', async () => {
      const { user, email, code, recoveryCodes } = await withTotp(all);
      const attempt = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
      const wrong = (typed: string) => expect(all.signIn.second(attempt, typed, HERE)).rejects.toMatchObject(REFUSED);
      await wrong(code(7));
      await wrong('ABCD-EFGH-IJKL-MNOP');
      const refused = async () => (await all.account.means(user.id)).codesRefused;
      expect(await refused()).toEqual({ since: 2, before: 0 });
      await all.signIn.second(attempt, code(), HERE);
      expect(await refused()).toEqual({ since: 0, before: 2 });
      await wrong(code(7));
      await all.signIn.second(attempt, recoveryCodes[0] ?? '', HERE);
      expect(await refused()).toEqual({ since: 0, before: 1 });
    });

    it('forgets an attempt when the password changes or the user is disabled', async () => {
      const { user, email, code } = await withTotp(all);
      const attempt = attemptOf(await all.signIn.password(email, PASSWORD, HERE));
      await all.users.setDisabled(user.id, true);
      await expect(all.signIn.second(attempt, code(), HERE)).rejects.toMatchObject(REFUSED);
      await all.users.setDisabled(user.id, false);
      await all.account.changePassword(
        { id: '', userId: user.id, signedInAt: new Date() },
        PASSWORD,
        'lantern-river-sponge',
      );
      await expect(all.signIn.second(attempt, code(), HERE)).rejects.toMatchObject(REFUSED);
    });
  });
});
