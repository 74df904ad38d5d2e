import { Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { LockOut } from './lock-out.ts';
import { OwnAccount, type SignInMeans } from './own-account.ts';
import { weaknessOf } from './password-rules.ts';
import { Passwords } from './passwords.ts';
import { SignInRecords, type SignInRecord } from './sign-in-records.ts';
import { UserGrants } from './user-grants.ts';
import { WebSessions } from './web-sessions.ts';

/** What people change about themselves, in the database. */
@Injectable()
export class DatabaseOwnAccount extends OwnAccount {
  constructor(
    private readonly records: SignInRecords,
    private readonly passwords: Passwords,
    private readonly lockOut: LockOut,
    private readonly sessions: WebSessions,
    private readonly grants: UserGrants,
  ) {
    super();
  }

  async means(userId: string): Promise<SignInMeans> {
    const { passwordHash, totp } = await this.#record(userId);
    const recoveryCodesLeft = await this.records.recoveryCodesLeft(userId);
    return { hasPassword: passwordHash !== null, hasTotp: totp !== null, recoveryCodesLeft };
  }

  async changePassword(userId: string, current: string, next: string, session?: string): Promise<void> {
    const { user } = await this.#recognise(userId, current);
    const weakness = weaknessOf(next, [user.name, ...(user.email === null ? [] : [user.email])]);
    if (weakness !== undefined) throw new ServonautError('invalid_request', { message: weakness });
    const passwordHash = await this.passwords.hash(next);
    await this.grants.endAllWith(async (transaction) => {
      await this.records.setPassword(userId, passwordHash, transaction);
      await this.sessions.endAll(userId, session, transaction);
      return user;
    });
  }

  async #recognise(userId: string, password: string): Promise<SignInRecord> {
    await this.lockOut.tryOwnPassword(userId);
    const record = await this.#record(userId);
    if (!(await this.passwords.matches(password, record.passwordHash))) throw refused();
    await this.lockOut.ownPasswordWasRight(userId);
    return record;
  }

  async #record(userId: string): Promise<SignInRecord> {
    const record = await this.records.ofUser(userId);
    if (record) return record;
    throw new ServonautError('not_found', { message: 'There is no such user.' });
  }
}

function refused(): ServonautError {
  return new ServonautError('sign_in_refused');
}
