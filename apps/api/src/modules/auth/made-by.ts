import { and, arrayContains, eq, inArray, isNull, notInArray, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { credentials, invitations } from '../../platform/database/schema.ts';
import type { Revocation } from './revocations.ts';

/*
 * What an admin has made by means that a thief may have had would let the thief in again: keys for admins, what was made with those in turn, and
 * invitations. Keys without the scope `admin` give nobody power, and programs run by them, so they stay unless somebody ends a sign-in on purpose: that
 * means whatever has come by it.
 */

/** `power`: keys with the scope `admin` alone. `all`: keys of any scope, with all that was made with those. */
export type TakenBack = 'power' | 'all';

/**
 * Takes back what was made with credentials or grants that have ended. `oneAtATime` comes first.
 * @returns what is to be announced, once this is committed
 */
export async function takeBackMadeWith(
  ids: readonly string[],
  transaction: Database,
  which: TakenBack = 'power',
): Promise<Revocation[]> {
  if (ids.length === 0) return [];
  await transaction.delete(invitations).where(and(isNull(invitations.usedAt), inArray(invitations.invitedWith, ids)));
  return endKeys(inArray(credentials.createdBy, ids), transaction, which);
}

/** The same, of a user who is an admin no more, whatever they have made it with. */
export async function takeBackMadeBy(userId: string, transaction: Database): Promise<Revocation[]> {
  const id = Number(userId);
  await transaction.delete(invitations).where(and(isNull(invitations.usedAt), eq(invitations.invitedBy, id)));
  return endKeys(eq(credentials.createdByUser, id), transaction, 'power');
}

/** All keys that a user has made for themselves by signing in, also when that sign-in is over: a thief may have signed out since. */
export async function takeBackOwn(userId: string, transaction: Database): Promise<Revocation[]> {
  const [id, keys] = [Number(userId), transaction.select({ id: credentials.id }).from(credentials)];
  const own = and(eq(credentials.userId, id), eq(credentials.createdByUser, id));
  return endKeys(and(own, notInArray(credentials.createdBy, keys)), transaction, 'all');
}

/** Also follows what was made with keys that had been revoked before: it may have been left in force then. */
async function endKeys(made: SQL | undefined, transaction: Database, which: TakenBack): Promise<Revocation[]> {
  const power = which === 'power' ? arrayContains(credentials.scopes, ['admin']) : undefined;
  const keys = await transaction.select({ id: credentials.id }).from(credentials).where(and(made, power));
  const ids = keys.map(({ id }) => id);
  const ended = await transaction
    .update(credentials)
    .set({ revokedAt: new Date(), version: sql`${credentials.version} + 1` })
    .where(and(inArray(credentials.id, ids), isNull(credentials.revokedAt)))
    .returning();
  const theirs = ended.map(({ userId, id, label, scopes, createdBy }) => ({
    userId: String(userId),
    credentialId: id,
    takenBack: { label, scopes, issued_by: createdBy },
  }));
  return [...theirs, ...(await takeBackMadeWith(ids, transaction, which))];
}
