import { and, sql, type SQL } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { oidcRecords } from '../../../platform/database/schema.ts';

/** Records of which there may be so many, since strangers make them. */
interface Bounded {
  readonly are: SQL | undefined;
  readonly most: number;
  /** Those that go first come first. */
  readonly order: readonly SQL[];
}

/** Forgets as many as it takes for one more. */
export async function makeRoom(database: Database, { are, most, order }: Bounded): Promise<void> {
  const there = await database.$count(oidcRecords, are);
  if (there < most) return;
  const first = database
    .select({ id: oidcRecords.id })
    .from(oidcRecords)
    .where(are)
    .orderBy(...order)
    .limit(there - most + 1)
    // Of two who make room at once, neither waits for the other.
    .for('update', { skipLocked: true });
  // An array is made once. `in` may look again for each row, when what was locked before no longer counts.
  await database.delete(oidcRecords).where(and(are, sql`${oidcRecords.id} = any(array(${first}))`));
}
