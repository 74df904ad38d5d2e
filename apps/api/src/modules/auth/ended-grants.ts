import { and, eq, gte, inArray } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { oidcRecords } from '../../platform/database/schema.ts';
import { oneAtATime } from './acting-admin.ts';
import { takeBackMadeWith, takeBackOwn, type TakenBack } from './made-by.ts';
import { REVOCATION_ECHO_MS, type Revocation } from './revocations.ts';

/** The model of what is left of a grant, which the library does not know. */
const ENDED = 'EndedGrant';

/**
 * Ends grants with all that came of them, and takes back what was made with them. For as long as something that has to end with them may
 * go on, each leaves its place behind, so that a process that did not hear of its end finds it.
 * @param ids as they are stored
 * @param which `all` when somebody ends them on purpose; a sign-in that is over by itself, or by a `logout`, leaves the keys of programs
 * @returns what is to be announced, once this is committed
 */
export async function endGrants(
  ids: readonly string[],
  transaction: Database,
  which: TakenBack,
): Promise<Revocation[]> {
  await oneAtATime(transaction);
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + REVOCATION_ECHO_MS);
  const are = and(eq(oidcRecords.model, 'Grant'), inArray(oidcRecords.id, [...ids]));
  // Who presses both answers to a consent at once may bring back a grant, which has to end again.
  const again = transaction.select({ id: oidcRecords.id }).from(oidcRecords).where(are);
  await transaction.delete(oidcRecords).where(and(eq(oidcRecords.model, ENDED), inArray(oidcRecords.id, again)));
  const ended = await transaction
    .update(oidcRecords)
    .set({ model: ENDED, payloadSealed: '', createdAt, expiresAt })
    .where(are)
    .returning({ id: oidcRecords.id, accountId: oidcRecords.accountId });
  await transaction.delete(oidcRecords).where(inArray(oidcRecords.grantId, [...ids]));
  return [...ended.map(toRevocation), ...(await takeBackMadeWith(ids, transaction, which))];
}

/** The same with all of a user. @param which `all`: also keys that the user has made by sign-ins that are over */
export async function endGrantsOf(userId: string, transaction: Database, which: TakenBack): Promise<Revocation[]> {
  // In one order, so that of two who do this at once one waits for the other.
  const grants = await transaction
    .select({ id: oidcRecords.id })
    .from(oidcRecords)
    .where(and(eq(oidcRecords.model, 'Grant'), eq(oidcRecords.accountId, Number(userId))))
    .orderBy(oidcRecords.id)
    .for('update');
  const ids = grants.map(({ id }) => id);
  const ended = await endGrants(ids, transaction, which);
  return which === 'all' ? [...ended, ...(await takeBackOwn(userId, transaction))] : ended;
}

/** Those that have ended at the instant or later, by whichever process. */
export async function grantsEndedSince(database: Database, instant: Date): Promise<Revocation[]> {
  const ended = await database
    .select({ id: oidcRecords.id, accountId: oidcRecords.accountId })
    .from(oidcRecords)
    .where(and(eq(oidcRecords.model, ENDED), gte(oidcRecords.createdAt, instant)));
  return ended.map(toRevocation);
}

function toRevocation({ id, accountId }: { id: string; accountId: number | null }): Revocation {
  return { userId: String(accountId), credentialId: id };
}
