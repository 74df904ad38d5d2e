import { ServonautError } from '@servonaut/contracts';
import { and, asc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { auditDeadLetters, auditDeliveries, auditHeads } from '../../../platform/database/schema.ts';
import type { ChainLink } from '../chain-link.ts';

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

/** How far a chain was delivered. */
export interface DeliveryPosition {
  /** The last record that was delivered or given up; 0 when none was. */
  readonly seq: number;
  readonly hash: string | null;
  /** The last record of the message that is being sent. */
  readonly tryingUntil: number | null;
}

/** How far the records of each chain were delivered, and which were given up. */
export class DeliveryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Chains of which something is still to be delivered, or that do not go on from what was. */
  async behind(limit: number): Promise<string[]> {
    const { seq, hash } = auditDeliveries;
    const isAtEnd = and(eq(seq, auditHeads.seq), or(isNull(hash), eq(hash, auditHeads.hash)));
    const rows = await this.#database
      .select({ chain: auditHeads.chain })
      .from(auditHeads)
      .leftJoin(auditDeliveries, eq(auditDeliveries.chain, auditHeads.chain))
      .where(sql`${isAtEnd} is not true`)
      // So that chains which cannot be delivered now do not keep the others waiting.
      .orderBy(sql`random()`)
      .limit(limit);
    return rows.map(({ chain }) => chain);
  }

  async position(chain: string): Promise<DeliveryPosition> {
    const [row] = await this.#database.select().from(auditDeliveries).where(eq(auditDeliveries.chain, chain));
    return row ?? { seq: 0, hash: null, tryingUntil: null };
  }

  /** Before the first try. */
  async startTrying(chain: string, tryingUntil: number): Promise<void> {
    const target = auditDeliveries.chain;
    await this.#database
      .insert(auditDeliveries)
      .values({ chain, seq: 0, tryingUntil })
      .onConflictDoUpdate({ target, set: { tryingUntil } });
  }

  /** Never back: of two who deliver the same, the later one changes nothing. */
  async advance(chain: string, { seq, hash }: ChainLink, database = this.#database): Promise<void> {
    const place = { seq, hash, tryingUntil: null };
    await database
      .insert(auditDeliveries)
      .values({ chain, ...place })
      .onConflictDoUpdate({ target: auditDeliveries.chain, set: place, setWhere: lt(auditDeliveries.seq, seq) });
  }

  /** Of a chain that does not go on from there. */
  async startAnew(chain: string): Promise<void> {
    await this.#database.delete(auditDeliveries).where(eq(auditDeliveries.chain, chain));
  }

  async giveUp({ hash, ...letter }: Omit<DeadLetter, 'id' | 'at'> & { readonly hash: string }): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.insert(auditDeadLetters).values(letter);
      await this.advance(letter.chain, { seq: letter.lastSeq, hash }, transaction);
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
