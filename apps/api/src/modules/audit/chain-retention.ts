import { auditRecordSchema, linkHash, ServonautError, type AuditHead } from '@servonaut/contracts';
import { and, asc, eq, gte, lt, lte, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import { lockHead } from './audit-chains.ts';
import { headColumns } from './head-row.ts';
import { sha256, type HeadSigner } from './head-signer.ts';

/** What was removed from one chain. */
export interface Pruned {
  readonly chain: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

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

  /** Removes what stands before the first record of `before` or later, chain by chain. A chain that fails does not keep the others. */
  async *prune(before: Date): AsyncGenerator<Pruned | { readonly chain: string; readonly error: Error }, void> {
    for await (const chain of this.#chainsFrom(before))
      try {
        const pruned = await this.#pruneChain(chain, before);
        if (pruned) yield pruned;
      } catch (error) {
        yield { chain, error: error as Error };
      }
  }

  async #pruneChain(chain: string, before: Date): Promise<Pruned | undefined> {
    let whole: Pruned | undefined;
    for (;;) {
      const step = await this.#database.transaction((transaction) => this.#step(transaction, chain, before));
      if (!step) return whole;
      whole = { ...step, firstSeq: whole?.firstSeq ?? step.firstSeq };
    }
  }

  async #step(transaction: Database, chain: string, before: Date): Promise<Pruned | undefined> {
    const head = await lockHead(transaction, chain, this.#signer);
    const last = head && (await lastToGo(transaction, head, before));
    if (!head || !last) return undefined;
    await transaction.delete(auditEvents).where(and(eq(auditEvents.chain, chain), lte(auditEvents.seq, last.seq)));
    const { seq, hash, at } = head;
    const cut = this.#signer.sign({ chain, seq, hash, at, first_seq: last.seq + 1, first_prev: last.hash });
    await transaction.update(auditHeads).set(headColumns(cut)).where(eq(auditHeads.chain, chain));
    return { chain, firstSeq: head.first_seq, lastSeq: last.seq };
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

/**
 * The last record that goes: of the first ones, those from before that instant. Each is verified first, and its time read from what was hashed:
 * otherwise whoever can write the database could have what they changed removed, and the rest signed.
 * @throws ServonautError `conflict` at a record that is not the one that was written; it stays, and so does all after it
 */
async function lastToGo(transaction: Database, head: AuditHead, before: Date) {
  const { chain, seq, body, hash } = auditEvents;
  const rows = await transaction
    .select({ seq, body, hash })
    .from(auditEvents)
    .where(and(eq(chain, head.chain), gte(seq, head.first_seq), lte(seq, head.seq)))
    .orderBy(asc(seq))
    .limit(MOST_AT_ONCE);
  let last: { seq: number; hash: string } | undefined;
  for (const [index, row] of rows.entries()) {
    const isWhole =
      row.seq === head.first_seq + index && linkHash(sha256, last?.hash ?? head.first_prev, row.body) === row.hash;
    if (!isWhole) throw notWhole(head.chain, head.first_seq + index);
    if (instantOf(row.body) >= before.getTime()) return last;
    last = row;
  }
  return last;
}

function instantOf(body: string): number {
  return Date.parse(auditRecordSchema.parse(JSON.parse(body)).at);
}

function notWhole(chain: string, seq: number): ServonautError {
  return new ServonautError('conflict', {
    message: `Record ${seq} of ${chain} is not the one that was written; nothing from there on is removed.`,
    nextStep: 'Verify the chain.',
  });
}
