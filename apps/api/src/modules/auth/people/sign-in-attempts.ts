import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import type { SignInRecord } from './sign-in-records.ts';

const ATTEMPT_MS = 10 * 60_000;
const ABOUT = 'sign-in';

/** Seals that a password was right, until the second factor comes. Nothing is stored, so that strangers fill no table. */
@Injectable()
export class SignInAttempts {
  readonly #box: SealedBox;

  constructor(@Inject(COORDINATOR_KEYS) keys: CoordinatorKeys) {
    this.#box = sealedBox(keys, 'people/attempt');
  }

  /** @param knownAs the name of the browser, when it is one of theirs */
  begin(record: SignInRecord, now: number, knownAs = ''): string {
    return this.#box.seal([record.user.id, now + ATTEMPT_MS, digest(record), knownAs].join(' '), ABOUT);
  }

  /** Whose it is; undefined when it is over or is none. */
  userOf(attempt: string, now: number): string | undefined {
    const [userId, until] = this.#open(attempt);
    return userId !== undefined && Number(until) > now ? userId : undefined;
  }

  /** Whether the password still is the one that was right. */
  isFor(attempt: string, record: SignInRecord): boolean {
    const [userId, , passwordDigest] = this.#open(attempt);
    return userId === record.user.id && passwordDigest === digest(record);
  }

  /** What the browser is called in which the password was right; undefined when it was a stranger's. */
  browserOf(attempt: string): string | undefined {
    return this.#open(attempt)[3] || undefined;
  }

  #open(attempt: string): string[] {
    try {
      return this.#box.open(attempt, ABOUT).split(' ');
    } catch {
      // Whatever somebody made up is no attempt; it is not an error of ours.
      return [];
    }
  }
}

function digest({ passwordHash }: SignInRecord): string {
  return hash('sha256', passwordHash ?? '', 'base64url');
}
