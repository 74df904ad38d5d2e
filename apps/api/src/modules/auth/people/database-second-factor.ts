import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { toBase32 } from './base32.ts';
import { requireFresh, type SignedIn } from './fresh-sign-in.ts';
import { LockOut } from './lock-out.ts';
import { OwnSecondFactor, type TotpOffer } from './own-second-factor.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { SignInRecords } from './sign-in-records.ts';
import { matchingStep, newTotpKey, totpUri } from './totp.ts';
import { UserService } from './user-service.ts';

const OFFER_MS = 15 * 60_000;

/** Second factors in the database. One that is offered is kept by the page, sealed, and nowhere else. */
@Injectable()
export class DatabaseSecondFactor extends OwnSecondFactor {
  readonly #box: SealedBox;

  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl' | 'people'>,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
    private readonly records: SignInRecords,
    private readonly users: UserService,
    private readonly lockOut: LockOut,
  ) {
    super();
    this.#box = sealedBox(keys, 'people/totp');
  }

  async offer(by: SignedIn): Promise<TotpOffer> {
    requireFresh(by, this.config.people.freshSignInSeconds);
    const key = newTotpKey().toString('base64url');
    return this.offered(by.userId, this.#box.seal(`${Date.now() + OFFER_MS} ${key}`, aboutOfferTo(by.userId)));
  }

  async offered(userId: string, offer: string): Promise<TotpOffer> {
    const key = this.#keyOf(userId, offer);
    const { email, name } = await this.users.get(userId);
    const { host } = new URL(this.config.publicUrl);
    return { secret: toBase32(key), uri: totpUri(key, `Servonaut ${host}`, email ?? name), offer };
  }

  async confirm(userId: string, offer: string, code: string): Promise<readonly string[]> {
    const tried = await this.lockOut.tryOwnCode(userId);
    const key = this.#keyOf(userId, offer);
    const step = matchingStep(key, code.replace(/\s/g, ''), Date.now(), null);
    if (step === undefined) throw new ServonautError('sign_in_refused');
    const codes = newRecoveryCodes();
    if (!(await this.records.setTotp(userId, key, step, codes))) throw alreadyThere();
    await tried.wasRight();
    return codes;
  }

  async renewRecoveryCodes(by: SignedIn): Promise<readonly string[]> {
    requireFresh(by, this.config.people.freshSignInSeconds);
    const codes = newRecoveryCodes();
    if (await this.records.replaceRecoveryCodes(by.userId, codes)) return codes;
    throw new ServonautError('conflict', { message: 'There is no second factor that they could stand in for.' });
  }

  async remove(by: SignedIn): Promise<void> {
    requireFresh(by, this.config.people.freshSignInSeconds);
    await this.records.removeTotp(by.userId);
  }

  #keyOf(userId: string, offer: string): Buffer {
    const [until, key = ''] = this.#open(userId, offer);
    if (Number(until) > Date.now()) return Buffer.from(key, 'base64url');
    throw new ServonautError('sign_in_refused', { message: 'This key is too old: set up the authenticator anew.' });
  }

  #open(userId: string, offer: string): string[] {
    try {
      return this.#box.open(offer, aboutOfferTo(userId)).split(' ');
    } catch {
      // It comes from a form, so whatever does not open is a wrong answer and no error of ours.
      return [];
    }
  }
}

function aboutOfferTo(userId: string): string {
  return `offer of a second factor to ${userId}`;
}

function alreadyThere(): ServonautError {
  return new ServonautError('conflict', {
    message: 'There is a second factor already.',
    nextStep: 'Remove it first.',
  });
}
