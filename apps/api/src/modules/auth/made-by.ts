import { and, arrayContains, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { credentials, invitations } from '../../platform/database/schema.ts';
import type { Revocation } from './revocations.ts';

/*
 * What an admin has made by means that a thief may have had would let the thief in again: keys for admins, what was made with those in turn, and
 * invitations. Keys without the scope `admin` stay: programs run by them, and they give nobody power.
 */

/**
 * Takes back what was made with credentials or grants that have ended. `oneAtATime` comes first.
 * @returns what is to be announced, once this is committed
 */
export async function takeBackMadeWith(ids: readonly string[], transaction: Database): Promise<Revocation[]> {
  if (ids.length === 0) return [];
  await transaction.delete(invitations).where(and(isNull(invitations.usedAt), inArray(invitations.invitedWith, ids)));
  return endAdminKeys(inArray(credentials.createdBy, ids), transaction);
}

/** The same, of a user who is an admin no more, whatever they have made it with. */
export async function takeBackMadeBy(userId: string, transaction: Database): Promise<Revocation[]> {
  const id = Number(userId);
  await transaction.delete(invitations).where(and(isNull(invitations.usedAt), eq(invitations.invitedBy, id)));
  return endAdminKeys(eq(credentials.createdByUser, id), transaction);
}

/** Also follows what was made with keys that had been revoked before: it may have been left in force then. */
async function endAdminKeys(made: SQL, transaction: Database): Promise<Revocation[]> {
  const keys = await transaction
    .select({ id: credentials.id })
    .from(credentials)
    .where(and(made, arrayContains(credentials.scopes, ['admin'])));
  const ids = keys.map(({ id }) => id);
  const ended = await transaction
    .update(credentials)
    .set({ revokedAt: new Date(), version: sql`${credentials.version} + 1` })
    .where(and(inArray(credentials.id, ids), isNull(credentials.revokedAt)))
    .returning({ userId: credentials.userId, credentialId: credentials.id });
  const theirs = ended.map(({ userId, credentialId }) => ({ userId: String(userId), credentialId }));
  return [...theirs, ...(await takeBackMadeWith(ids, transaction))];
}
