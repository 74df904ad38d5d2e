import {
  CHAIN_BEGUN,
  COORDINATOR_CHAIN,
  headText,
  NO_RECORD,
  ServonautError,
  type AuditHead,
} from '@servonaut/contracts';
import { eq } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Database } from '../../platform/database/database.ts';
import { auditHeads } from '../../platform/database/schema.ts';
import { aboutChain, type PreparedEvent } from './audit-event.ts';
import { extend, extension } from './chain-extension.ts';
import { hasLink, isStored } from './chain-link.ts';
import { headColumns, headOfRow } from './head-row.ts';
import type { HeadSigner } from './head-signer.ts';

/** Most chains whose head this process remembers. */
const REMEMBERED_HEADS = 10_000;

/** Of Ed25519, in base64url. */
const PUBLIC_KEY = /^[\w-]{43}$/;

/**
 * The chains in the database, which any number of processes make longer. Nobody waits but the writers of one and the same chain, for as long as
 * one statement takes.
 */
export class AuditChains {
  readonly #database: Database;
  readonly #signer: HeadSigner;
  /** As this process has left them. Another may have gone on from there: then the first attempt fails, and nothing else. */
  readonly #heads = new LRUCache<string, AuditHead>({ max: REMEMBERED_HEADS });
  /** Where an attempt would have ended of which nobody knows whether it was stored. */
  readonly #uncertain = new Map<string, AuditHead>();

  constructor(database: Database, signer: HeadSigner) {
    this.#database = database;
    this.#signer = signer;
  }

  /**
   * Stores the events at the end of the chain: all or none. One call at a time for a chain. After a failure it may be called again with the very same events, and then stores
   * them once.
   */
  async append(chain: string, events: readonly PreparedEvent[]): Promise<void> {
    const known = this.#uncertain.has(chain) ? undefined : this.#heads.get(chain);
    const head =
      (known && (await this.#extend(this.#database, known, events))) ??
      (await this.#database.transaction((transaction) => this.#appendAlone(transaction, chain, events)));
    this.#uncertain.delete(chain);
    this.#heads.set(chain, head);
  }

  /** Waits for whoever else writes this chain. */
  async #appendAlone(transaction: Database, chain: string, events: readonly PreparedEvent[]): Promise<AuditHead> {
    const head = await this.#lock(transaction, chain);
    const uncertain = this.#uncertain.get(chain);
    if (uncertain && (await isStored(transaction, uncertain))) return head;
    const extended = await this.#extend(transaction, head, events);
    if (extended) return extended;
    throw new Error(`audit chain ${chain}: the head has changed under its lock`);
  }

  /** @returns undefined when the chain goes on from another head by now */
  async #extend(
    database: Database,
    before: AuditHead,
    events: readonly PreparedEvent[],
  ): Promise<AuditHead | undefined> {
    const wanted = extension(this.#signer, before, events);
    this.#uncertain.set(before.chain, wanted.after);
    return (await extend(database, wanted)) ? wanted.after : undefined;
  }

  /** The head from which the chain goes on: what this process has stored is in it still. Begins a chain that there is not. */
  async #lock(transaction: Database, chain: string): Promise<AuditHead> {
    const known = this.#heads.get(chain);
    const head = await lockHead(transaction, chain, this.#signer);
    if (known && !(head && (await hasLink(transaction, head, known)))) throw notGoneOn(chain);
    return head ?? this.#begin(transaction, chain);
  }

  /** Of each chain but its own, that of the coordinator says that it was begun: who removes it has to remove that too. */
  async #begin(transaction: Database, chain: string): Promise<AuditHead> {
    const at = new Date().toISOString();
    const first = this.#signer.sign({ chain, seq: 0, hash: NO_RECORD, at, first_seq: 1, first_prev: NO_RECORD });
    const begun = await transaction.insert(auditHeads).values(headColumns(first)).onConflictDoNothing().returning();
    if (begun.length > 0 && chain !== COORDINATOR_CHAIN) {
      const coordinator = await this.#lock(transaction, COORDINATOR_CHAIN);
      await extend(
        transaction,
        extension(this.#signer, coordinator, [aboutChain(COORDINATOR_CHAIN, CHAIN_BEGUN, { chain })]),
      );
    }
    return (await lockHead(transaction, chain, this.#signer)) ?? first;
  }
}

/**
 * The head of the chain, which nobody else can change within this transaction; undefined for a chain without records.
 * @throws ServonautError `audit_unavailable` when it is not signed: to go on from it would sign for whatever somebody has made of the chain
 */
export async function lockHead(
  transaction: Database,
  chain: string,
  signer: HeadSigner,
): Promise<AuditHead | undefined> {
  const [row] = await transaction.select().from(auditHeads).where(eq(auditHeads.chain, chain)).for('update');
  if (!row) return undefined;
  const head = headOfRow(row);
  if (signer.verifies(head.kid, headText(head), head.signature)) return head;
  throw notSigned(head, signer);
}

/** The key that the head names proves nothing: whoever has made the head may have named one of their own. */
function notSigned({ chain, kid }: AuditHead, { keys: [, ...former] }: HeadSigner): ServonautError {
  const line = `AUDIT_FORMER_KEYS=${[kid, ...former.map(({ x }) => x)].join(',')}`;
  const after = `If SERVONAUT_SECRET was changed, and this is the key of before, set ${line}`;
  const otherwise = 'otherwise somebody else has written to the database';
  const nextStep = PUBLIC_KEY.test(kid) ? `${after}; ${otherwise}.` : 'Somebody else has written to the database.';
  const message = `The end of the audit chain ${chain} is not signed by this coordinator.`;
  return new ServonautError('audit_unavailable', { message, nextStep });
}

function notGoneOn(chain: string): ServonautError {
  return new ServonautError('audit_unavailable', {
    message: `The audit chain ${chain} does not go on from where this coordinator has left it.`,
    nextStep:
      'Somebody has removed records, or put back an older state of the database: verify the audit. Once it is clear why, start the coordinators anew.',
  });
}
