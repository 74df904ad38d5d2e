import type { DelegationState, EntitlementRules } from '@servonaut/contracts';
import { and, eq, gt, isNotNull, isNull, lte, or, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database } from '../../../platform/database/database.ts';
import { delegations, teams, users } from '../../../platform/database/schema.ts';

/** What a delegation allows. Null: no limit of its own. */
export interface DelegationTerms {
  /** Selectors of the grantor's own servers. */
  readonly servers: readonly string[];
  readonly tools: readonly string[] | null;
  readonly rules: EntitlementRules | null;
  readonly expiresAt: Date | null;
}

/** Servers that one user, the grantor, lets another or a team use. */
export interface Delegation extends DelegationTerms {
  readonly id: string;
  readonly grantor: { readonly id: string; readonly name: string };
  readonly grantee: { readonly kind: 'user' | 'team'; readonly id: string; readonly name: string };
  readonly version: number;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

export function stateOf({ endedAt, expiresAt }: Pick<Delegation, 'endedAt' | 'expiresAt'>, now: Date): DelegationState {
  if (endedAt) return 'ended';
  return expiresAt && expiresAt <= now ? 'expired' : 'active';
}

/** The same as a condition of a query. */
export function isInState(state: DelegationState, now: Date): SQL | undefined {
  const { endedAt, expiresAt } = delegations;
  if (state === 'ended') return isNotNull(endedAt);
  return and(isNull(endedAt), state === 'expired' ? lte(expiresAt, now) : or(isNull(expiresAt), gt(expiresAt, now)));
}

export const grantors = alias(users, 'grantors');
const grantees = alias(users, 'grantees');

/** Delegations with the names of those whom they concern, for a `where`. */
export function selectDelegations(database: Database) {
  return database
    .select({
      delegation: delegations,
      grantor: { id: grantors.id, name: grantors.name },
      user: { id: grantees.id, name: grantees.name },
      team: { id: teams.id, name: teams.name },
    })
    .from(delegations)
    .innerJoin(grantors, eq(grantors.id, delegations.grantorId))
    .leftJoin(grantees, eq(grantees.id, delegations.granteeUserId))
    .leftJoin(teams, eq(teams.id, delegations.granteeTeamId));
}

type Row = Awaited<ReturnType<typeof selectDelegations>>[number];

export function toDelegation({ delegation, grantor, user, team }: Row): Delegation {
  const { id, servers, tools, rules, version, createdAt, expiresAt, endedAt } = delegation;
  return {
    id,
    grantor: { id: String(grantor.id), name: grantor.name },
    grantee: team ? { kind: 'team', ...team } : { kind: 'user', id: String(user?.id), name: user?.name ?? '' },
    servers,
    tools,
    rules,
    version,
    createdAt,
    expiresAt,
    endedAt,
  };
}
