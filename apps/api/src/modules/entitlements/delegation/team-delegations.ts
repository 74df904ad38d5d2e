import { and, eq } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { delegations } from '../../../platform/database/schema.ts';
import { isInState, selectDelegations, toDelegation, type Delegation } from './delegation.ts';

/** All that is delegated to a team now. */
export async function allToTeam(teamId: string, database: Database): Promise<Delegation[]> {
  const isActive = isInState('active', new Date());
  const rows = await selectDelegations(database).where(and(eq(delegations.granteeTeamId, teamId), isActive));
  return rows.map(toDelegation);
}
