import { Inject, Injectable } from '@nestjs/common';
import { ServonautError, type DelegationState } from '@servonaut/contracts';
import { and, asc, eq, gt, inArray, isNull, ne, or, type SQL } from 'drizzle-orm';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { delegations, teamMembers } from '../../../platform/database/schema.ts';
import { grantors, isInState, selectDelegations, toDelegation, type Delegation } from './delegation.ts';

/** Which delegations. What is not given does not narrow. */
export interface DelegationFilter {
  readonly grantorId?: string | undefined;
  /** A user to whom they were given by name. */
  readonly granteeId?: string | undefined;
  /** A team to which they were given. */
  readonly teamId?: string | undefined;
  /** A user who can use them, also as one of a team, unless their grantor is disabled. */
  readonly usedBy?: string | undefined;
  readonly state?: DelegationState | undefined;
}

/** Reads delegations. */
@Injectable()
export class DelegationQuery {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Oldest first. @param after id of the last one of the page before */
  async page(filter: DelegationFilter, { after, limit }: { after?: string | undefined; limit: number }) {
    const from = after === undefined ? undefined : gt(delegations.id, after);
    const rows = await selectDelegations(this.database)
      .where(and(this.#matching(filter), from))
      .orderBy(asc(delegations.id))
      .limit(limit);
    return rows.map(toDelegation);
  }

  /** @throws ServonautError `not_found`, also for one that does not match */
  async get(id: string, filter: DelegationFilter = {}, database = this.database): Promise<Delegation> {
    const [row] = await selectDelegations(database).where(and(eq(delegations.id, id), this.#matching(filter)));
    if (!row) throw new ServonautError('not_found', { message: 'There is no such delegation.' });
    return toDelegation(row);
  }

  #matching({ grantorId, granteeId, teamId, usedBy, state }: DelegationFilter): SQL | undefined {
    return and(
      grantorId === undefined ? undefined : eq(delegations.grantorId, Number(grantorId)),
      granteeId === undefined ? undefined : eq(delegations.granteeUserId, Number(granteeId)),
      teamId === undefined ? undefined : eq(delegations.granteeTeamId, teamId),
      usedBy === undefined ? undefined : and(isUsedBy(this.database, usedBy), isNull(grantors.disabledAt)),
      state && isInState(state, new Date()),
    );
  }
}

/** Given to the user, or to a team of theirs; what users have given themselves that way is none. */
export function isUsedBy(database: Database, userId: string): SQL | undefined {
  const id = Number(userId);
  const theirTeams = database
    .select({ id: teamMembers.teamId })
    .from(teamMembers)
    .where(and(eq(teamMembers.userId, id), isNull(teamMembers.removedAt)));
  return and(
    or(eq(delegations.granteeUserId, id), inArray(delegations.granteeTeamId, theirTeams)),
    ne(delegations.grantorId, id),
  );
}
