import { Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { addressKey } from '../../../platform/limits/address-key.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import type { RequestSource } from './request-source.ts';

/**
 * How often somebody may be wrong. Counts before anything is looked at, so that tries at the same moment count too, and counts an e-mail that nobody
 * has like any other. Passwords are counted three times: for the address, over all accounts; for the account at that address; and for the account from
 * wherever, where each browser that its owner has signed in with has a count of its own, so that whoever guesses does not lock the owner out.
 */
@Injectable()
export class LockOut {
  constructor(private readonly limits: RateLimits) {}

  /** @throws ServonautError `too_many_requests`, as all of these. */
  async tryPassword(email: string, { address, knownAs }: RequestSource): Promise<void> {
    await this.limits.take('sign_in_address', addressKey(address));
    await this.limits.take('sign_in_account', accountKey(email, address));
    await this.limits.take('sign_in_everywhere', knownAs === undefined ? email.toLowerCase() : `browser ${knownAs}`);
  }

  /** Nothing else is forgiven: with one account of their own, or whenever the owner comes in, a guesser could go on for ever. */
  passwordWasRight(email: string, address: string): Promise<void> {
    return this.limits.forgive('sign_in_account', accountKey(email, address));
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

  tryPasskey(address: string): Promise<void> {
    return this.limits.take('sign_in_address', addressKey(address));
  }

  /** Of a person who has signed in already. */
  tryOwnPassword(userId: string): Promise<void> {
    return this.limits.take('sign_in_account', `user ${userId}`);
  }

  ownPasswordWasRight(userId: string): Promise<void> {
    return this.limits.forgive('sign_in_account', `user ${userId}`);
  }

  /** From wherever: who gets here has the password, and six digits are few. */
  tryCode(userId: string): Promise<void> {
    return this.limits.take('second_factor', userId);
  }

  codeWasRight(userId: string): Promise<void> {
    return this.limits.forgive('second_factor', userId);
  }
}

function accountKey(email: string, address: string): string {
  return `${addressKey(address)} ${email.toLowerCase()}`;
}
