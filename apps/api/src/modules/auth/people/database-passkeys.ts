import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, eq } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { upstreamIdentities, users } from '../../../platform/database/schema.ts';
import { requireFresh, type SignedIn } from './fresh-sign-in.ts';
import { OwnPasskeys, type Passkey, type PasskeyOffer } from './own-passkeys.ts';
import { KEY_ALGORITHMS, verifiedKey, type NewPasskeyAnswer } from './passkey-answers.ts';
import { CHALLENGE_MS, PasskeyChallenges } from './passkey-challenges.ts';
import { PasskeyRecords, type PasskeyRecord } from './passkey-records.ts';
import { relyingParty, type RelyingParty } from './relying-party.ts';
import { UserService } from './user-service.ts';
import type { WebSession } from './web-sessions.ts';

/** As WebAuthn recommends (Level 3 section 14.6.1): it tells nobody who somebody is. */
const HANDLE_BYTES = 64;

/** Passkeys in the database. Whatever may not be done by two at once takes the row of the user first. */
@Injectable()
export class DatabasePasskeys extends OwnPasskeys {
  readonly #party: RelyingParty | null;

  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl' | 'people'>,
    @Inject(DATABASE) private readonly database: Database,
    private readonly records: PasskeyRecords,
    private readonly challenges: PasskeyChallenges,
    private readonly people: UserService,
  ) {
    super();
    this.#party = relyingParty(config.publicUrl);
  }

  get possible(): boolean {
    return this.#party !== null;
  }

  async list(userId: string): Promise<Passkey[]> {
    const rows = await this.records.ofUser(userId);
    return rows.map(({ id, label, createdAt, lastUsedAt }) => ({ id, label, createdAt, lastUsedAt }));
  }

  async offer(by: WebSession, label: string): Promise<PasskeyOffer> {
    requireFresh(by, this.config.people.freshSignInSeconds);
    const theirs = await this.records.ofUser(by.userId);
    this.#requireRoom(theirs);
    const handle = theirs[0]?.userHandle ?? randomBytes(HANDLE_BYTES).toString('base64url');
    const { challenge, sealed } = this.challenges.begin(aboutNewIn(by), `${handle} ${label}`);
    const { email, name } = await this.people.get(by.userId);
    const options = {
      rp: { id: this.#asking().id, name: 'Servonaut' },
      user: { id: handle, name: email ?? name, displayName: name },
      challenge,
      pubKeyCredParams: KEY_ALGORITHMS.map((alg) => ({ alg, type: 'public-key' as const })),
      timeout: CHALLENGE_MS,
      // So that a device that has one makes no second one, which would replace it.
      excludeCredentials: theirs.map(({ id }) => ({ id, type: 'public-key' as const })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
    } as const;
    return { options: { ...options, pubKeyCredParams: [...options.pubKeyCredParams] }, challenge: sealed };
  }

  async confirm(by: WebSession, sealed: string, answer: NewPasskeyAnswer): Promise<void> {
    const challenge = this.challenges.open(sealed, aboutNewIn(by));
    const { id, publicKey, counter } = await verifiedKey(answer, challenge.challenge, this.#asking());
    const [, userHandle = '', label = ''] = /^(\S+) (.*)$/s.exec(challenge.said) ?? [];
    const key = { id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, userHandle, label };
    await this.database.transaction(async (transaction) => {
      await lockedUser(by.userId, transaction);
      this.#requireRoom(await this.records.ofUser(by.userId, transaction));
      const first = await this.challenges.answer(challenge, transaction);
      if (!first || !(await this.records.add({ ...key, userId: Number(by.userId) }, transaction))) throw alreadyThere();
    });
  }

  async remove(by: SignedIn, id: string): Promise<void> {
    requireFresh(by, this.config.people.freshSignInSeconds);
    await this.database.transaction(async (transaction) => {
      const { passwordHash } = await lockedUser(by.userId, transaction);
      if (!(await this.records.remove(id, by.userId, transaction))) throw notTheirs();
      const left = await this.records.ofUser(by.userId, transaction);
      const signsInStill = left.length > 0 || passwordHash !== null || (await this.#hasProvider(by, transaction));
      if (!signsInStill) throw lastWay();
    });
  }

  #asking(): RelyingParty {
    if (this.#party) return this.#party;
    throw new ServonautError('conflict', {
      message: 'Browsers make no passkeys for this coordinator.',
      nextStep: 'An admin can give it a PUBLIC_URL with a name, and https.',
    });
  }

  #requireRoom({ length }: readonly PasskeyRecord[]): void {
    if (length < this.config.people.passkeysPerUser) return;
    throw new ServonautError('conflict', {
      message: `There are ${length} passkeys already, which is as many as one person may have.`,
      nextStep: 'Remove one first.',
    });
  }

  /** Whether they come in through the provider of now; one that was replaced lets nobody in. */
  async #hasProvider({ userId }: SignedIn, transaction: Database): Promise<boolean> {
    const { upstream } = this.config.people;
    if (!upstream) return false;
    const theirs = eq(upstreamIdentities.userId, Number(userId));
    return (
      (await transaction.$count(upstreamIdentities, and(theirs, eq(upstreamIdentities.issuer, upstream.issuer)))) > 0
    );
  }
}

function aboutNewIn({ id }: WebSession): string {
  return `a new passkey in the session ${id}`;
}

/** Of two changes at once the second waits, and sees what the first has done. */
async function lockedUser(userId: string, transaction: Database): Promise<{ readonly passwordHash: string | null }> {
  const [row] = await transaction
    .select({ passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.id, Number(userId)))
    .for('update');
  if (row) return row;
  throw new ServonautError('not_found', { message: 'There is no such user.' });
}

function notTheirs(): ServonautError {
  return new ServonautError('not_found', { message: 'There is no such passkey.' });
}

function alreadyThere(): ServonautError {
  return new ServonautError('conflict', { message: 'This passkey is there already.' });
}

function lastWay(): ServonautError {
  return new ServonautError('conflict', {
    message: 'You could not sign in without this passkey.',
    nextStep: 'Add another one first.',
  });
}
