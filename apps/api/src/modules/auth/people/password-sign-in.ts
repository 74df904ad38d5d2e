import { Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { LockOut, type CountedTry } from './lock-out.ts';
import { Passwords } from './passwords.ts';
import type { RequestSource } from './request-source.ts';
import { SignIn, type SignInStep } from './sign-in.ts';
import { SignInAttempts } from './sign-in-attempts.ts';
import { SignInRecords, type SignInRecord } from './sign-in-records.ts';
import { afterPassword, isOneTimeCode, secondFactor } from './sign-in-steps.ts';

/** Signs people in by their password and, if they have one, their second factor. */
@Injectable()
export class PasswordSignIn extends SignIn {
  constructor(
    private readonly records: SignInRecords,
    private readonly passwords: Passwords,
    private readonly attempts: SignInAttempts,
    private readonly lockOut: LockOut,
  ) {
    super();
  }

  /** One query and one hash, whether or not there is such a person. */
  async password(email: string, password: string, from: RequestSource): Promise<SignInStep> {
    const tried = await this.lockOut.tryPassword(email, from);
    const record = await this.records.ofEmail(email);
    const by = from.knownAs === undefined ? 'stranger' : 'known';
    const matched = await tried.outcome(this.passwords.matches(password, record?.passwordHash ?? null, by));
    const next = afterPassword(record, matched);
    if (!record || next === 'refused') throw refused();
    await tried.wasRight();
    if (next === 'done') return { done: record.user, methods: ['pwd'] };
    return { needs: 'totp', attempt: this.attempts.begin(record, Date.now(), from.knownAs) };
  }

  async second(attempt: string, code: string, from: RequestSource): Promise<SignInStep> {
    const userId = this.attempts.userOf(attempt, Date.now());
    if (userId === undefined) throw refused();
    const tried = await this.#countCode(userId, code, { ...from, knownAs: this.attempts.browserOf(attempt) });
    const record = await this.records.ofUser(userId);
    if (!record || !this.attempts.isFor(attempt, record) || record.user.disabledAt !== null) throw refused();
    if (!(await this.#uses(record, code))) return this.#refuseCode(userId);
    await tried.wasRight();
    return { done: record.user, methods: ['pwd', 'otp'] };
  }

  #countCode(userId: string, code: string, from: RequestSource): Promise<CountedTry> {
    if (isOneTimeCode(code)) return this.lockOut.tryCode(userId, from.knownAs);
    return this.lockOut.tryRecoveryCode(userId, from);
  }

  /** Whoever tried it has the password, which its owner is told. */
  async #refuseCode(userId: string): Promise<never> {
    await this.records.codeWasRefused(userId);
    throw refused();
  }

  async #uses(record: SignInRecord, code: string): Promise<boolean> {
    const factor = secondFactor(record, code, Date.now());
    if (factor === 'refused') return false;
    if (factor === 'recovery code') return this.records.useRecoveryCode(record.user.id, code);
    return this.records.useStep(record.user.id, factor.step);
  }
}

function refused(): ServonautError {
  return new ServonautError('sign_in_refused');
}
