import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { and, asc, eq, isNull } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { delegations, plans } from '../../../platform/database/schema.ts';
import { levelsOf, Revocations, type EntitlementLevel } from '../../auth/index.ts';
import { grantors, isInState, stateOf, type DelegationTerms } from './delegation.ts';
import { isUsedBy } from './delegation-query.ts';

/** A delegation as a call meets it. */
export interface ReceivedDelegation extends DelegationTerms {
  readonly id: string;
  readonly grantorId: string;
  readonly grantorName: string;
  /** What the grantor may do, which nobody can do more than by their leave. */
  readonly grantorLevels: readonly EntitlementLevel[];
}

const CACHED_ANSWERS = 10_000;
/** Most delegations that are looked at for one user, the oldest first: nobody can push out the others by giving more. */
const MOST_RECEIVED = 1_000;

/** What users may use of others' servers now. Believed for `SERVONAUT_TOKEN_CACHE_MS`, like the tokens that they come with. */
@Injectable()
export class ReceivedDelegations implements OnModuleDestroy {
  /** Holds promises, so that one query serves all who wait. */
  readonly #cache: LRUCache<string, Promise<readonly ReceivedDelegation[]>> | undefined;
  readonly #unsubscribe: () => void;

  constructor(
    @Inject(APP_CONFIG) { auth }: Pick<AppConfig, 'auth'>,
    @Inject(DATABASE) private readonly database: Database,
    revocations: Revocations,
  ) {
    if (auth.tokenCacheMs > 0) this.#cache = new LRUCache({ max: CACHED_ANSWERS, ttl: auth.tokenCacheMs });
    this.#unsubscribe = revocations.onDoubt(() => this.#cache?.clear());
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  /** Oldest first. @param grantorName the only grantor that matters; null for all */
  async of(userId: string, grantorName: string | null): Promise<readonly ReceivedDelegation[]> {
    const now = new Date();
    const found = await this.#cachedOrLoaded(userId, grantorName);
    return found.filter((one) => stateOf({ ...one, endedAt: null }, now) === 'active');
  }

  #cachedOrLoaded(userId: string, grantorName: string | null): Promise<readonly ReceivedDelegation[]> {
    const key = JSON.stringify([userId, grantorName]);
    const cached = this.#cache?.get(key);
    if (cached) return cached;
    const loading = this.#load(userId, grantorName);
    this.#cache?.set(key, loading);
    loading.catch(() => this.#cache?.peek(key) === loading && this.#cache.delete(key));
    return loading;
  }

  async #load(userId: string, grantorName: string | null): Promise<readonly ReceivedDelegation[]> {
    const rows = await this.database
      .select({ delegation: delegations, grantor: grantors, plan: plans })
      .from(delegations)
      .innerJoin(grantors, eq(grantors.id, delegations.grantorId))
      .leftJoin(plans, eq(plans.id, grantors.planId))
      .where(
        and(
          isUsedBy(this.database, userId),
          isNull(grantors.disabledAt),
          grantorName === null ? undefined : eq(grantors.name, grantorName),
          isInState('active', new Date()),
        ),
      )
      .orderBy(asc(delegations.id))
      .limit(MOST_RECEIVED);
    return rows.map(toReceived);
  }
}

function toReceived({
  delegation: { id, servers, tools, rules, expiresAt },
  grantor,
  plan,
}: {
  delegation: typeof delegations.$inferSelect;
  grantor: Parameters<typeof levelsOf>[0];
  plan: Parameters<typeof levelsOf>[1];
}): ReceivedDelegation {
  const grantorLevels = levelsOf(grantor, plan);
  const facts = { id, grantorId: String(grantor.id), grantorName: grantor.name };
  return { ...facts, servers, tools, rules, expiresAt, grantorLevels };
}
