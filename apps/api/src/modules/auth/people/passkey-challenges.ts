import { hash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { lt } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { answeredChallenges } from '../../../platform/database/schema.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';

/** WebAuthn wants 16 at least (Level 3 section 13.4.3). */
const CHALLENGE_BYTES = 32;
/** For whoever looks for their phone first. */
export const CHALLENGE_MS = 10 * 60_000;
/** How long an answered one is remembered after it has expired, for processes whose clocks differ. */
const REMEMBERED_MS = 3_600_000;

/** What a device has to sign. */
export interface Challenge {
  /** In base64url. */
  readonly challenge: string;
  readonly expiresAt: Date;
  /** What was said when it was made. */
  readonly said: string;
}

/**
 * Challenges of passkeys. The page keeps them, sealed, so that strangers fill no table by asking; one that a passkey has answered is stored, so that
 * nobody answers it with the same signature again.
 */
@Injectable()
export class PasskeyChallenges {
  readonly #box: SealedBox;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
  ) {
    this.#box = sealedBox(keys, 'people/passkey');
  }

  /** @param about what it is for, and in which browser: it is of no use elsewhere */
  begin(about: string, said = ''): { readonly challenge: string; readonly sealed: string } {
    const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url');
    return { challenge, sealed: this.#box.seal([challenge, Date.now() + CHALLENGE_MS, said].join(' '), about) };
  }

  /** @throws ServonautError `sign_in_refused` when it has expired, was made for something else, or was made up. */
  open(sealed: string, about: string): Challenge {
    const [, challenge = '', until, said = ''] = /^(\S+) (\d+) (.*)$/s.exec(this.#text(sealed, about)) ?? [];
    if (Number(until) > Date.now()) return { challenge, expiresAt: new Date(Number(until)), said };
    throw new ServonautError('sign_in_refused', { message: 'That took too long: try again.' });
  }

  /**
   * In one statement, so that of two answers at the same moment one is the second.
   * @returns whether it had not been answered before.
   */
  async answer({ challenge, expiresAt }: Challenge, database = this.database): Promise<boolean> {
    await database
      .delete(answeredChallenges)
      .where(lt(answeredChallenges.expiresAt, new Date(Date.now() - REMEMBERED_MS)));
    const first = await database
      .insert(answeredChallenges)
      .values({ id: hash('sha256', challenge, 'base64url'), expiresAt })
      .onConflictDoNothing()
      .returning({ id: answeredChallenges.id });
    return first.length > 0;
  }

  #text(sealed: string, about: string): string {
    try {
      return this.#box.open(sealed, about);
    } catch {
      // It comes from a form, so whatever does not open is a wrong answer and no error of ours.
      return '';
    }
  }
}
