import { Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { LockOut } from './lock-out.ts';
import { Passwords } from './passwords.ts';
import type { RequestSource } from './request-source.ts';
import { SignIn, type SignInStep } from './sign-in.ts';
import { SignInAttempts } from './sign-in-attempts.ts';
import { SignInRecords, type SignInRecord } from './sign-in-records.ts';
import { afterPassword, secondFactor } from './sign-in-steps.ts';

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
    await this.lockOut.tryPassword(email, from);
    const record = await this.records.ofEmail(email);
    const matched = await this.passwords.matches(password, record?.passwordHash ?? null);
    const next = afterPassword(record, matched);
    if (!record || next === 'refused') throw refused();
    await this.lockOut.passwordWasRight(email, from.address);
    if (next === 'done') return { done: record.user, methods: ['pwd'] };
    return { needs: 'totp', attempt: this.attempts.begin(record, Date.now()) };
  }

  async second(attempt: string, code: string, _from: RequestSource): Promise<SignInStep> {
    const userId = this.attempts.userOf(attempt, Date.now());
    if (userId === undefined) throw refused();
    await this.lockOut.tryCode(userId);
    const record = await this.records.ofUser(userId);
    if (!record || !this.attempts.isFor(attempt, record) || record.user.disabledAt !== null) throw refused();
    if (!(await this.#uses(record, code))) throw refused();
    await this.lockOut.codeWasRight(userId);
    return { done: record.user, methods: ['pwd', 'otp'] };
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
