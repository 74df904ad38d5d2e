import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { toBase32 } from './base32.ts';
import { LockOut } from './lock-out.ts';
import { OwnAccount, type SignInMeans, type TotpOffer } from './own-account.ts';
import { weaknessOf } from './password-rules.ts';
import { Passwords } from './passwords.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { SignInRecords, type SignInRecord } from './sign-in-records.ts';
import { matchingStep, newTotpKey, totpUri } from './totp.ts';
import { WebSessions } from './web-sessions.ts';

const OFFER_MS = 15 * 60_000;

/** What people change about themselves, in the database. An offered second factor is kept by the page, sealed, and nowhere else. */
@Injectable()
export class DatabaseOwnAccount extends OwnAccount {
  readonly #box: SealedBox;

  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl'>,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
    private readonly records: SignInRecords,
    private readonly passwords: Passwords,
    private readonly lockOut: LockOut,
    private readonly sessions: WebSessions,
  ) {
    super();
    this.#box = sealedBox(keys, 'people/totp');
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
    await this.records.setPassword(userId, await this.passwords.hash(next));
    await this.sessions.endAll(userId, session);
  }

  async offerTotp(userId: string): Promise<TotpOffer> {
    const { user } = await this.#record(userId);
    const key = newTotpKey();
    const { host } = new URL(this.config.publicUrl);
    const offer = this.#box.seal(`${Date.now() + OFFER_MS} ${key.toString('base64url')}`, aboutOfferTo(userId));
    return { secret: toBase32(key), uri: totpUri(key, `Servonaut ${host}`, user.email ?? user.name), offer };
  }

  async confirmTotp(userId: string, offer: string, code: string): Promise<readonly string[]> {
    await this.lockOut.tryCode(userId);
    const { key, step } = this.#confirmed(userId, offer, code);
    const codes = newRecoveryCodes();
    if (!(await this.records.setTotp(userId, key, step, codes))) throw alreadyThere();
    await this.lockOut.codeWasRight(userId);
    return codes;
  }

  async removeTotp(userId: string, password: string): Promise<void> {
    await this.#recognise(userId, password);
    await this.records.removeTotp(userId);
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

  #confirmed(userId: string, offer: string, code: string): { key: Uint8Array; step: number } {
    const key = this.#offered(userId, offer);
    const step = key && matchingStep(key, code.replace(/\s/g, ''), Date.now(), null);
    if (key === undefined || step === undefined) throw refused();
    return { key, step };
  }

  /** Undefined when it has expired, is another user's, or is none. */
  #offered(userId: string, offer: string): Uint8Array | undefined {
    try {
      const [until, key = ''] = this.#box.open(offer, aboutOfferTo(userId)).split(' ');
      return Number(until) > Date.now() ? Buffer.from(key, 'base64url') : undefined;
    } catch {
      // It comes from a form, so whatever does not open is a wrong answer and no error of ours.
      return undefined;
    }
  }
}

function aboutOfferTo(userId: string): string {
  return `offer of a second factor to ${userId}`;
}

function refused(): ServonautError {
  return new ServonautError('sign_in_refused');
}

function alreadyThere(): ServonautError {
  return new ServonautError('conflict', {
    message: 'There is a second factor already.',
    nextStep: 'Remove it first.',
  });
}
