import { Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import type { Principal } from '../../auth/index.ts';
import { CallAudit, type ArrivedCall } from './call-audit.ts';

/** Most principals of whom it is known that the beginning is on record; of one that was forgotten it is recorded once more. */
const KNOWN_PRINCIPALS = 10_000;

/** Bounds what calls can leave behind that no rule counts, since they are not made: they are refused, or nobody is there to run them. */
@Injectable()
export class RefusedCalls {
  /** Who is refused too often now, and has been told of on record. */
  readonly #known = new LRUCache<string, true>({ max: KNOWN_PRINCIPALS });

  constructor(
    private readonly limits: RateLimits,
    private readonly audit: CallAudit,
  ) {}

  /**
   * Puts the refusal on record. When there are too many of the same principal, that they begin to be is on record instead, and then none until there is
   * room again.
   * @returns what to answer
   * @throws ServonautError `audit_unavailable`
   */
  async record(call: ArrivedCall, refusal: ServonautError): Promise<ServonautError> {
    const tooMany = await this.#take(call.principal);
    if (!tooMany) {
      await this.audit.refused(call, refusal);
      return refusal;
    }
    const { answer, begins } = tooMany;
    if (begins) await this.audit.refused(call, answer);
    return answer;
  }

  /** Whether one more call that nobody was there to run is not one too many. */
  async hasRoom(principal: Principal): Promise<boolean> {
    return (await this.#take(principal)) === null;
  }

  async #take({ kind, id }: Principal): Promise<{ answer: ServonautError; begins: boolean } | null> {
    const key = `${kind}:${id}`;
    try {
      await this.limits.take('refused_calls', key);
      this.#known.delete(key);
      return null;
    } catch (error) {
      if (!(error instanceof ServonautError) || error.code !== 'too_many_requests') throw error;
      const seconds = Number(error.facts['retry_after_seconds']);
      const begins = !this.#known.has(key);
      this.#known.set(key, true, { ttl: seconds * 1_000 });
      return { answer: tooManyRefused(seconds), begins };
    }
  }
}

function tooManyRefused(seconds: number): ServonautError {
  return new ServonautError('too_many_requests', {
    message: 'Too many of your calls were refused, or found nobody to run them. (rule: refused_calls)',
    nextStep: `Look at the answers that came, and try again in ${seconds} s. Calls that may be made are still taken.`,
    facts: { rule: 'refused_calls', retry_after_seconds: seconds },
  });
}
