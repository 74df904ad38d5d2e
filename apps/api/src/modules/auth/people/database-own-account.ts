import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { requireFresh, type SignedIn } from './fresh-sign-in.ts';
import { LockOut } from './lock-out.ts';
import { OwnAccount, type SignInMeans } from './own-account.ts';
import { weaknessOf } from './password-rules.ts';
import { Passwords } from './passwords.ts';
import { SignInRecords, type SignInRecord } from './sign-in-records.ts';
import { UserGrants } from './user-grants.ts';
import { WebSessions, type WebSession } from './web-sessions.ts';

/** What people change about themselves, in the database. */
@Injectable()
export class DatabaseOwnAccount extends OwnAccount {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'people'>,
    private readonly records: SignInRecords,
    private readonly passwords: Passwords,
    private readonly lockOut: LockOut,
    private readonly sessions: WebSessions,
    private readonly grants: UserGrants,
  ) {
    super();
  }

  async means(userId: string): Promise<SignInMeans> {
    const { passwordHash, totp, codesRefused } = await this.#record(userId);
    const recoveryCodesLeft = await this.records.recoveryCodesLeft(userId);
    return { hasPassword: passwordHash !== null, hasTotp: totp !== null, recoveryCodesLeft, codesRefused };
  }

  async changePassword(by: SignedIn & Pick<WebSession, 'id'>, current: string, next: string): Promise<void> {
    const { id, userId } = by;
    requireFresh(by, this.config.people.freshSignInSeconds);
    const { user } = await this.#recognise(userId, current);
    const weakness = weaknessOf(next, [user.name, ...(user.email === null ? [] : [user.email])]);
    if (weakness !== undefined) throw new ServonautError('invalid_request', { message: weakness });
    const passwordHash = await this.passwords.hash(next);
    await this.grants.endAllWith(async (transaction) => {
      await this.records.setPassword(userId, passwordHash, transaction);
      await this.sessions.endAll(userId, id, transaction);
      return user;
    });
  }

  async #recognise(userId: string, password: string): Promise<SignInRecord> {
    const tried = await this.lockOut.tryOwnPassword(userId);
    const record = await this.#record(userId);
    const matched = this.passwords.matches(password, record.passwordHash, 'known');
    if (!(await tried.outcome(matched))) throw refused();
    await tried.wasRight();
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
