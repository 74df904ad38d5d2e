import {
  auditRecordSchema,
  CHAIN_BEGUN,
  COORDINATOR_CHAIN,
  linkHash,
  ServonautError,
  type AuditHead,
} from '@servonaut/contracts';
import { and, asc, eq, gte, lt, lte, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import { lockHead } from './audit-chains.ts';
import { aboutChain, type PreparedEvent } from './audit-event.ts';
import { extend, extension } from './chain-extension.ts';
import { headColumns } from './head-row.ts';
import { sha256, type HeadSigner } from './head-signer.ts';

/** Most records that are removed at a time, so that whoever writes the chain does not wait for long. */
const MOST_AT_ONCE = 1_000;
const CHAINS_AT_ONCE = 200;

/**
 * Removes the oldest records of chains, and only those: what is left is whole, from a first record that the signed head names, with the hash of
 * the one before it.
 */
export class ChainRetention {
  readonly #database: Database;
  readonly #signer: HeadSigner;

  constructor(database: Database, signer: HeadSigner) {
    this.#database = database;
    this.#signer = signer;
  }

  /**
   * Removes what stands before the first record of `before` or later, chain by chain. What is removed is on record in its chain in the same
   * transaction.
   * @returns after each chain, with why it was left as it is: the others go on
   */
  async *prune(before: Date): AsyncGenerator<{ readonly chain: string; readonly error?: Error }, void> {
    for await (const chain of this.#chainsFrom(before))
      try {
        while (await this.#database.transaction((transaction) => this.#step(transaction, chain, before)));
        yield { chain };
      } catch (error) {
        yield { chain, error: error as Error };
      }
  }

  /** @returns whether there may be more to remove */
  async #step(transaction: Database, chain: string, before: Date): Promise<boolean> {
    const head = await lockHead(transaction, chain, this.#signer);
    const old = head ? await oldest(transaction, head, before) : [];
    const last = old.at(-1);
    if (!head || !last) return false;
    await transaction.delete(auditEvents).where(and(eq(auditEvents.chain, chain), lte(auditEvents.seq, last.seq)));
    const { seq, hash, at } = head;
    const cut = this.#signer.sign({ chain, seq, hash, at, first_seq: last.seq + 1, first_prev: last.hash });
    await transaction.update(auditHeads).set(headColumns(cut)).where(eq(auditHeads.chain, chain));
    const pruned = { first_seq: head.first_seq, last_seq: last.seq, before: before.toISOString() };
    await extend(
      transaction,
      extension(this.#signer, cut, [aboutChain(chain, 'audit.pruned', pruned), ...stillBegun(old)]),
    );
    return true;
  }

  /** Those with records from before that. */
  async *#chainsFrom(before: Date): AsyncGenerator<string, void> {
    for (let after = ''; ;) {
      const page = await this.#database
        .selectDistinct({ chain: auditEvents.chain })
        .from(auditEvents)
        .where(and(lt(auditEvents.at, before), sql`${auditEvents.chain} > ${after}`))
        .orderBy(asc(auditEvents.chain))
        .limit(CHAINS_AT_ONCE);
      for (const { chain } of page) yield chain;
      after = page.at(-1)?.chain ?? after;
      if (page.length < CHAINS_AT_ONCE) return;
    }
  }
}

type OldRow = Pick<typeof auditEvents.$inferSelect, 'seq' | 'body' | 'hash'>;

/**
 * The first records, as far as they are from before that instant. Each is verified first, up to the link that stays, and its time read from what
 * was hashed: otherwise whoever can write the database could have what they changed removed, and the rest signed.
 * @throws ServonautError `conflict` at a record that is not the one that was written; it stays, and so does all after it
 */
async function oldest(transaction: Database, head: AuditHead, before: Date): Promise<OldRow[]> {
  const { chain, seq, body, hash } = auditEvents;
  const rows = await transaction
    .select({ seq, body, hash })
    .from(auditEvents)
    .where(and(eq(chain, head.chain), gte(seq, head.first_seq), lte(seq, head.seq)))
    .orderBy(asc(seq))
    // The last only shows that the one before it is the one that was written.
    .limit(MOST_AT_ONCE + 1);
  checkLinks(head, rows);
  const young = rows.findIndex((row) => instantOf(row.body) >= before.getTime());
  return rows.slice(0, young === -1 ? MOST_AT_ONCE : young);
}

function checkLinks(head: AuditHead, rows: readonly OldRow[]): void {
  let previous = head.first_prev;
  for (const [index, { seq, body, hash }] of rows.entries()) {
    const expected = head.first_seq + index;
    if (seq !== expected || linkHash(sha256, previous, body) !== hash) throw notWhole(head.chain, expected);
    previous = hash;
  }
  const next = head.first_seq + rows.length;
  if (rows.length <= MOST_AT_ONCE && (next !== head.seq + 1 || previous !== head.hash))
    throw notWhole(head.chain, next);
}

function instantOf(body: string): number {
  return Date.parse(auditRecordSchema.parse(JSON.parse(body)).at);
}

/** The chains whose beginning would be on record no more: that they are there is said once again. */
function stillBegun(removed: readonly OldRow[]): PreparedEvent[] {
  return removed
    .map(({ body }) => auditRecordSchema.parse(JSON.parse(body)))
    .filter(({ chain, kind }) => chain === COORDINATOR_CHAIN && kind === CHAIN_BEGUN)
    .map(({ data }) => aboutChain(COORDINATOR_CHAIN, CHAIN_BEGUN, data));
}

function notWhole(chain: string, seq: number): ServonautError {
  return new ServonautError('conflict', {
    message: `Record ${seq} of ${chain} is not the one that was written; nothing from there on is removed.`,
    nextStep: 'Verify the chain.',
  });
}
