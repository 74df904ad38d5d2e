import { and, eq, gte, inArray, isNull, or } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { delegations, teamMembers } from '../../platform/database/schema.ts';
import { REVOCATION_ECHO_MS, type Revocation } from './revocations.ts';

/** Whose executors may be running something for the user: of all who have let them use servers, also of those who have ended it lately. */
export async function grantorsOf(database: Database, userId: string, now = new Date()): Promise<readonly string[]> {
  const id = Number(userId);
  const lately = new Date(now.getTime() - REVOCATION_ECHO_MS);
  const teams = database
    .select({ id: teamMembers.teamId })
    .from(teamMembers)
    .where(and(eq(teamMembers.userId, id), or(isNull(teamMembers.removedAt), gte(teamMembers.removedAt, lately))));
  const rows = await database
    .selectDistinct({ grantorId: delegations.grantorId })
    .from(delegations)
    .where(
      and(
        or(eq(delegations.granteeUserId, id), inArray(delegations.granteeTeamId, teams)),
        or(isNull(delegations.endedAt), gte(delegations.endedAt, lately)),
        or(isNull(delegations.expiresAt), gte(delegations.expiresAt, lately)),
      ),
    );
  return rows.map(({ grantorId }) => String(grantorId));
}

/** Those that were ended at the instant or later, by whichever process. */
export async function delegationsEndedSince(database: Database, instant: Date): Promise<Revocation[]> {
  const ended = await database
    .select({ id: delegations.id, grantorId: delegations.grantorId })
    .from(delegations)
    .where(gte(delegations.endedAt, instant));
  return ended.map(({ id, grantorId }) => ({ userId: String(grantorId), credentialId: id }));
}

/** What members who were taken out of teams at the instant or later can use no more. */
export async function membersRemovedSince(database: Database, instant: Date): Promise<Revocation[]> {
  const lost = await database
    .select({ id: delegations.id, grantorId: delegations.grantorId, callerId: teamMembers.userId })
    .from(teamMembers)
    .innerJoin(delegations, eq(delegations.granteeTeamId, teamMembers.teamId))
    .where(gte(teamMembers.removedAt, instant));
  return lost.map(({ id, grantorId, callerId }) => ({
    userId: String(grantorId),
    credentialId: id,
    callerId: String(callerId),
  }));
}
