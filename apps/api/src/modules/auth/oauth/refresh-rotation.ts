import { and, eq, gt, or, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { isLive } from './grant-standing.ts';

/** In seconds. */
export interface RotationLifetimes {
  /** That the new refresh token is good, and its grant with it. */
  readonly seconds: number;
  /** That the former one is taken once more. */
  readonly leewaySeconds: number;
}

/** Where a refresh token goes. */
interface Place {
  /** As it is stored. */
  readonly formerId: string;
  readonly now: Date;
  /** Until when the former one is taken once more, if this is its first use; null for not at all, also by who began before it. */
  readonly until: Date | null;
}

type RefreshTokenColumns = Omit<typeof oidcRecords.$inferInsert, 'expiresAt'> & { readonly expiresAt: Date };

/**
 * The refresh token of this name, or the one that has taken its place, for as long as the answer with that one may have been lost. Once that one is used
 * it has gone from its place, too, and nothing is found.
 */
export function usableAs(id: string, now: Date): SQL | undefined {
  const successor = and(eq(oidcRecords.predecessorId, id), gt(oidcRecords.predecessorUntil, now));
  return and(eq(oidcRecords.model, 'RefreshToken'), or(eq(oidcRecords.id, id), successor));
}

/** @returns false when the former one is not to be used any more, or its grant has ended */
export async function putInPlace(
  transaction: Database,
  { formerId, now, until }: Place,
  columns: RefreshTokenColumns,
): Promise<boolean> {
  // The grant first, as whoever ends one does: otherwise each could wait for the other.
  if (!(await keepGrant(transaction, columns, now))) return false;
  const isFirstUse = sql`${oidcRecords.id} = ${formerId}`;
  // Later uses put nothing off.
  const predecessorUntil = sql`case when ${isFirstUse} then ${until?.toISOString() ?? null}::timestamptz else ${oidcRecords.predecessorUntil} end`;
  const placed = await transaction
    .update(oidcRecords)
    .set({ ...columns, createdAt: now, predecessorId: formerId, predecessorUntil })
    .where(usableAs(formerId, now))
    .returning({ id: oidcRecords.id });
  return placed.length === 1;
}

async function keepGrant(
  transaction: Database,
  { grantId, expiresAt }: RefreshTokenColumns,
  now: Date,
): Promise<boolean> {
  const kept = await transaction
    .update(oidcRecords)
    .set({ expiresAt: sql`least(${oidcRecords.latestAt}, ${expiresAt.toISOString()}::timestamptz)` })
    .where(and(eq(oidcRecords.model, 'Grant'), eq(oidcRecords.id, grantId ?? ''), isLive(now)))
    .returning({ id: oidcRecords.id });
  return kept.length === 1;
}
