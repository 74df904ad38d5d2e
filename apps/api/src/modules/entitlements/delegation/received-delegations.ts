import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { and, asc, eq, isNull, lte, sql } from 'drizzle-orm';
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
/** Most delegations of one grantor that are looked at, the oldest first. */
const MOST_OF_ONE = 1_000;
/** The same where all grantors are: nobody pushes out the others by giving more. */
const MOST_OF_EACH = 20;
const MOST_OF_ALL = 2_000;

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

  /** Oldest first. @param grantorName the only grantor that matters; null for the oldest of each */
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
    const place = sql<number>`row_number() over (partition by ${delegations.grantorId} order by ${delegations.id})`;
    const received = this.database
      .select({ id: delegations.id, place: place.as('place') })
      .from(delegations)
      .where(and(isUsedBy(this.database, userId), isInState('active', new Date())))
      .as('received');
    const rows = await this.database
      .select({ delegation: delegations, grantor: grantors, plan: plans })
      .from(received)
      .innerJoin(delegations, eq(delegations.id, received.id))
      .innerJoin(grantors, eq(grantors.id, delegations.grantorId))
      .leftJoin(plans, eq(plans.id, grantors.planId))
      .where(
        and(
          isNull(grantors.disabledAt),
          grantorName === null ? lte(received.place, MOST_OF_EACH) : eq(grantors.name, grantorName),
        ),
      )
      .orderBy(asc(delegations.id))
      .limit(grantorName === null ? MOST_OF_ALL : MOST_OF_ONE);
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
