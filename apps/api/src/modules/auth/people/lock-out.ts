import { Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { addressKey } from '../../../platform/limits/address-key.ts';
import type { LimitName } from '../../../platform/limits/named-limits.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import type { RequestSource } from './request-source.ts';

/** A try that counts as a wrong one until somebody says otherwise. */
export interface CountedTry {
  wasRight(): Promise<void>;
  /** What has come of it. When that is an error nothing was compared with anything, and so it locks nobody out. */
  outcome<T>(of: Promise<T>): Promise<T>;
}

/** `forgiven`: a right one forgets all wrong ones. `wrong`: a right one forgets itself alone. `work`: stays, whatever comes of it. */
type Counts = 'forgiven' | 'wrong' | 'work';
type Count = readonly [limit: LimitName, key: string, counts: Counts];

/**
 * How often somebody may be wrong. Counts before anything is looked at, so that tries at the same moment count too, and counts an e-mail that nobody
 * has like any other. Browsers in which the owner has signed in have counts of their own in place of all that strangers share, also of those for the
 * address; some are for one browser, so that whoever steals the mark of one cannot lock out the others, and the long ones for all of a person together,
 * so that whoever collects marks has no more tries.
 */
@Injectable()
export class LockOut {
  constructor(private readonly limits: RateLimits) {}

  /** @throws ServonautError `too_many_requests`, as all of these. */
  tryPassword(email: string, { address, knownAs }: RequestSource): Promise<CountedTry> {
    const [who, where] = [email.toLowerCase(), addressKey(address)];
    if (knownAs === undefined)
      return this.#count([
        ['sign_in_address', where, 'work'],
        ['sign_in_account', `${where} ${who}`, 'forgiven'],
        ['sign_in_everywhere', who, 'wrong'],
      ]);
    return this.#count([
      ['sign_in_account', `browser ${knownAs}`, 'forgiven'],
      ['sign_in_everywhere', `known ${who}`, 'wrong'],
      ['sign_in_address', `known ${who}`, 'work'],
    ]);
  }

  tryUpstream(address: string): Promise<void> {
    return this.limits.take('upstream_address', addressKey(address));
  }

  tryUpstreamReturn(address: string): Promise<void> {
    return this.limits.take('upstream_return', addressKey(address));
  }

  /** Whether a sign-in at another provider comes back for the first time. @param flow names it; nobody can make one up */
  async isFirstReturn(flow: string): Promise<boolean> {
    try {
      await this.limits.take('upstream_flow', flow);
      return true;
    } catch (refusal) {
      if (refusal instanceof ServonautError && refusal.code === 'too_many_requests') return false;
      throw refusal;
    }
  }

  tryPasskey({ address, knownAs }: RequestSource): Promise<void> {
    return this.limits.take('sign_in_address', knownAs === undefined ? addressKey(address) : `browser ${knownAs}`);
  }

  /** Of a person who has signed in already. */
  tryOwnPassword(userId: string): Promise<CountedTry> {
    return this.#count([
      ['sign_in_account', `user ${userId}`, 'forgiven'],
      ['sign_in_address', `user ${userId}`, 'work'],
    ]);
  }

  /** From wherever: who gets here has the password, and six digits are few. */
  tryCode(userId: string, knownAs?: string): Promise<CountedTry> {
    return this.#count([
      ['second_factor', knownAs === undefined ? userId : `browser ${knownAs}`, 'forgiven'],
      ['second_factor_day', knownAs === undefined ? userId : `known ${userId}`, 'wrong'],
    ]);
  }

  /** Of a person who has signed in already, and sets up what shows the code. */
  tryOwnCode(userId: string): Promise<CountedTry> {
    return this.#count([['second_factor', `own ${userId}`, 'forgiven']]);
  }

  /** Against work for us alone, so for each address: there is nothing to guess in 80 bits, and the owner comes in by one whatever strangers do. */
  tryRecoveryCode(userId: string, { address, knownAs }: RequestSource): Promise<CountedTry> {
    const from = knownAs === undefined ? `${addressKey(address)} ${userId}` : `browser ${knownAs}`;
    return this.#count([['recovery_code', from, 'forgiven']]);
  }

  /** What one of them refuses, none of them has counted but for its work. */
  async #count(counts: readonly Count[]): Promise<CountedTry> {
    for (const [i, [limit, key]] of counts.entries())
      await this.#outcome(this.limits.take(limit, key), counts.slice(0, i + 1));
    return { wasRight: () => this.#forgive(counts), outcome: (of) => this.#outcome(of, counts) };
  }

  async #outcome<T>(of: Promise<T>, counts: readonly Count[]): Promise<T> {
    try {
      return await of;
    } catch (error) {
      await this.#giveBack(counts);
      throw error;
    }
  }

  async #forgive(counts: readonly Count[]): Promise<void> {
    for (const [limit, key] of counts.filter(([, , what]) => what === 'forgiven'))
      await this.limits.forgive(limit, key);
    await this.#giveBack(counts.filter(([, , what]) => what === 'wrong'));
  }

  async #giveBack(counts: readonly Count[]): Promise<void> {
    for (const [limit, key] of counts.filter(([, , what]) => what !== 'work')) await this.limits.giveBack(limit, key);
  }
}
