import { Injectable, Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import type { Principal } from '../../auth/index.ts';
import { CallAudit, type ArrivedCall } from './call-audit.ts';

/** Most kinds of refusals, over all principals, whose number is kept in memory; the one that is pushed out goes on record. */
const MOST_KINDS = 10_000;

/** Refusals of one kind that are not on record one by one. */
interface Unrecorded {
  readonly last: { readonly call: ArrivedCall; readonly refusal: ServonautError };
  readonly count: number;
}

/**
 * Puts refused calls on record, and bounds what they can leave behind, since no rule counts them. Beyond the limit the last one of each kind is
 * recorded for all, with how many it stands for, when there is room again or the coordinator ends.
 */
@Injectable()
export class RefusedCalls {
  readonly #logger = new Logger('Mcp');
  readonly #unrecorded = new LRUCache<string, Unrecorded>({
    max: MOST_KINDS,
    ttlAutopurge: true,
    ttl: 60_000,
    dispose: (unrecorded, _, reason) => {
      if (reason !== 'set') this.#settle(unrecorded);
    },
  });

  constructor(
    private readonly limits: RateLimits,
    private readonly audit: CallAudit,
  ) {}

  /** @throws ServonautError `audit_unavailable` */
  async record(call: ArrivedCall, refusal: ServonautError): Promise<void> {
    const waitSeconds = await this.#take('refused_calls', call.principal);
    if (waitSeconds === 0) return this.audit.refused(call, refusal);
    const kind = JSON.stringify([keyOf(call.principal), refusal.code, refusal.facts['rule']]);
    const known = this.#unrecorded.get(kind);
    const ttl = known ? this.#unrecorded.getRemainingTTL(kind) : waitSeconds * 1_000;
    this.#unrecorded.set(kind, { last: { call, refusal }, count: (known?.count ?? 0) + 1 }, { ttl: Math.max(1, ttl) });
  }

  /** Records why a call was refused, and goes on refusing it. */
  recording(call: ArrivedCall): (refusal: unknown) => Promise<never> {
    return async (refusal) => {
      await this.record(call, refusal instanceof ServonautError ? refusal : new ServonautError('internal'));
      throw refusal;
    };
  }

  /** Whether one more call that nobody was there to run is to cost nothing. */
  async isFree(principal: Principal): Promise<boolean> {
    return (await this.#take('unsent_calls', principal)) === 0;
  }

  /** Records what there is to say now, when no more calls come. */
  settle(): void {
    this.#unrecorded.clear();
  }

  #settle({ last: { call, refusal }, count }: Unrecorded): void {
    this.audit
      .refused(call, refusal, count)
      .catch((error: Error) => this.#logger.error(`${count} refused calls are not on record: ${error.message}`));
  }

  /** In how many seconds there is room; 0 when there was. */
  async #take(limit: 'refused_calls' | 'unsent_calls', principal: Principal): Promise<number> {
    try {
      await this.limits.take(limit, keyOf(principal));
      return 0;
    } catch (error) {
      if (!(error instanceof ServonautError) || error.code !== 'too_many_requests') throw error;
      return Math.max(1, Number(error.facts['retry_after_seconds']));
    }
  }
}

function keyOf({ kind, id }: Principal): string {
  return `${kind}:${id}`;
}
