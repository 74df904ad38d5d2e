import { ServonautError } from '@servonaut/contracts';
import { asc, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { auditDeadLetters, auditDeliveries, auditHeads } from '../../../platform/database/schema.ts';

/** Records that were not taken. */
export interface DeadLetter {
  readonly id: number;
  readonly chain: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** What the receiver answered last. */
  readonly error: string;
  readonly at: Date;
}

/** How far the records of each chain were delivered, and which were given up. */
export class DeliveryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Chains of which something is still to be delivered. */
  async behind(limit: number): Promise<string[]> {
    const rows = await this.#database
      .select({ chain: auditHeads.chain })
      .from(auditHeads)
      .leftJoin(auditDeliveries, eq(auditDeliveries.chain, auditHeads.chain))
      .where(gt(auditHeads.seq, sql`coalesce(${auditDeliveries.seq}, 0)`))
      // So that chains which cannot be delivered now do not keep the others waiting.
      .orderBy(sql`random()`)
      .limit(limit);
    return rows.map(({ chain }) => chain);
  }

  /** The last record that was delivered or given up; 0 when none was. */
  async position(chain: string): Promise<number> {
    const [row] = await this.#database.select().from(auditDeliveries).where(eq(auditDeliveries.chain, chain));
    return row?.seq ?? 0;
  }

  /** Never back: of two who deliver the same, the later one changes nothing. */
  async advance(chain: string, seq: number, database = this.#database): Promise<void> {
    await database
      .insert(auditDeliveries)
      .values({ chain, seq })
      .onConflictDoUpdate({
        target: auditDeliveries.chain,
        set: { seq: sql`greatest(${auditDeliveries.seq}, excluded.seq)` },
      });
  }

  async giveUp({ chain, firstSeq, lastSeq, error }: Omit<DeadLetter, 'id' | 'at'>): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.insert(auditDeadLetters).values({ chain, firstSeq, lastSeq, error });
      await this.advance(chain, lastSeq, transaction);
    });
  }

  /** The oldest first. */
  deadLetters({ after, limit }: { after: number; limit: number }): Promise<DeadLetter[]> {
    return this.#database
      .select()
      .from(auditDeadLetters)
      .where(gt(auditDeadLetters.id, after))
      .orderBy(asc(auditDeadLetters.id))
      .limit(limit);
  }

  /** @throws ServonautError `not_found` */
  async deadLetter(id: number): Promise<DeadLetter> {
    const [row] = await this.#database.select().from(auditDeadLetters).where(eq(auditDeadLetters.id, id));
    if (row) return row;
    throw new ServonautError('not_found', { message: 'There is no such dead letter.' });
  }

  async bury(id: number): Promise<void> {
    await this.#database.delete(auditDeadLetters).where(eq(auditDeadLetters.id, id));
  }
}
