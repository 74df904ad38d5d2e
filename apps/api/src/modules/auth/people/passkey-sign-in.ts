import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { LockOut } from './lock-out.ts';
import { verifiedCounter, type PasskeyAnswer } from './passkey-answers.ts';
import { CHALLENGE_MS, PasskeyChallenges, type Challenge } from './passkey-challenges.ts';
import { keyOf, PasskeyRecords, type PasskeyRecord } from './passkey-records.ts';
import { relyingParty, type RelyingParty } from './relying-party.ts';
import type { RequestSource } from './request-source.ts';
import { SignInAttempts } from './sign-in-attempts.ts';
import { SignInRecords } from './sign-in-records.ts';
import type { SignInStep } from './sign-in.ts';

/** What a page asks the devices of whoever is in front of it. It names no account: which one it is, the device says. */
export interface PasskeyQuestion {
  readonly options: PublicKeyCredentialRequestOptionsJSON;
  /** Sealed; comes back with the answer. */
  readonly challenge: string;
}

/** What comes back. */
export interface AnsweredQuestion {
  readonly challenge: string;
  readonly credential: PasskeyAnswer;
  /** Stands for a password that was right, when the passkey is the second factor. */
  readonly attempt?: string | undefined;
}

type SignedIn = Extract<SignInStep, { readonly methods: unknown }>;

/**
 * Signs people in by a passkey: alone, since the device has verified its person, which makes two factors, or in the place of a one-time code. There is
 * one refusal, whatever was wrong.
 */
@Injectable()
export class PasskeySignIn {
  readonly #party: RelyingParty | null;

  constructor(
    @Inject(APP_CONFIG) { publicUrl }: Pick<AppConfig, 'publicUrl'>,
    @Inject(DATABASE) private readonly database: Database,
    private readonly records: SignInRecords,
    private readonly passkeys: PasskeyRecords,
    private readonly challenges: PasskeyChallenges,
    private readonly attempts: SignInAttempts,
    private readonly lockOut: LockOut,
  ) {
    this.#party = relyingParty(publicUrl);
  }

  /** Null where browsers have no passkeys for this coordinator. @param browser the one that may answer */
  ask(browser: string): PasskeyQuestion | null {
    if (!this.#party) return null;
    const { challenge, sealed } = this.challenges.begin(aboutSignInFrom(browser));
    const options = { challenge, rpId: this.#party.id, userVerification: 'required', timeout: CHALLENGE_MS } as const;
    return { options, challenge: sealed };
  }

  /** @throws ServonautError `sign_in_refused`, or `too_many_requests`. */
  async answer(answered: AnsweredQuestion, browser: string, from: RequestSource): Promise<SignedIn> {
    await this.lockOut.tryPasskey(from);
    const challenge = this.challenges.open(answered.challenge, aboutSignInFrom(browser));
    const passkey = await this.#of(answered.credential);
    const step = await this.#signedIn(passkey, answered.attempt);
    await this.#use(passkey, answered.credential, challenge);
    return step;
  }

  /** The device says whose key it holds, too, and has to be right (WebAuthn Level 3 section 7.2, step 6). */
  async #of({ id, response }: PasskeyAnswer): Promise<PasskeyRecord> {
    const passkey = await this.passkeys.ofId(id);
    if (passkey && passkey.userHandle === response.userHandle) return passkey;
    throw refused();
  }

  /** Who signs in, once the signature has been found right. As a second factor, nobody but whose password it was. */
  async #signedIn({ userId }: PasskeyRecord, attempt: string | undefined): Promise<SignedIn> {
    const record = await this.records.ofUser(String(userId));
    if (!record || record.user.disabledAt !== null) throw refused();
    if (attempt === undefined) return { done: record.user, methods: ['pop', 'mfa'] };
    const whose = this.attempts.userOf(attempt, Date.now());
    if (whose !== record.user.id || !this.attempts.isFor(attempt, record)) throw refused();
    return { done: record.user, methods: ['pwd', 'pop', 'mfa'] };
  }

  async #use(passkey: PasskeyRecord, answer: PasskeyAnswer, challenge: Challenge): Promise<void> {
    if (!this.#party) throw refused();
    const counter = await verifiedCounter(answer, challenge.challenge, this.#party, keyOf(passkey));
    await this.database.transaction(async (transaction) => {
      const first = await this.challenges.answer(challenge, transaction);
      if (!first || !(await this.passkeys.use(passkey.id, counter, transaction))) throw refused();
    });
  }
}

function aboutSignInFrom(browser: string): string {
  return `a sign-in with a passkey in the browser ${browser}`;
}

function refused(): ServonautError {
  return new ServonautError('sign_in_refused', { message: 'This passkey was not accepted.' });
}
