import { headText, linkHash, NO_RECORD, ServonautError, type AuditHead } from '@servonaut/contracts';
import { and, eq, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import { canonicalRecord, type PreparedEvent } from './audit-event.ts';
import { sha256, type HeadSigner } from './head-signer.ts';
import { headColumns, headOfRow } from './head-row.ts';

/** Most chains whose head this process remembers. */
const REMEMBERED_HEADS = 10_000;

/** Of Ed25519, in base64url. */
const PUBLIC_KEY = /^[\w-]{43}$/;

/** Events at their places, and the head after them. */
interface Extension {
  readonly before: AuditHead;
  readonly after: AuditHead;
  readonly rows: readonly (typeof auditEvents.$inferInsert)[];
}

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
    const known = this.#heads.get(chain);
    this.#heads.delete(chain);
    const head =
      (known && (await this.#extend(this.#database, known, events))) ??
      (await this.#database.transaction((transaction) => this.#appendAlone(transaction, chain, events)));
    this.#uncertain.delete(chain);
    this.#heads.set(chain, head);
  }

  /** Waits for whoever else writes this chain. */
  async #appendAlone(transaction: Database, chain: string, events: readonly PreparedEvent[]): Promise<AuditHead> {
    const head =
      (await lockHead(transaction, chain, this.#signer)) ?? (await beginChain(transaction, chain, this.#signer));
    const uncertain = this.#uncertain.get(chain);
    if (uncertain && (await isStored(transaction, uncertain))) return head;
    const extended = await this.#extend(transaction, head, events);
    if (extended) return extended;
    throw new Error(`audit chain ${chain}: the head has changed under its lock`);
  }

  /** One statement, so that it happens as a whole and takes one round trip. @returns undefined when the chain goes on from another head by now */
  async #extend(
    database: Database,
    before: AuditHead,
    events: readonly PreparedEvent[],
  ): Promise<AuditHead | undefined> {
    const extension = this.#extension(before, events);
    this.#uncertain.set(before.chain, extension.after);
    const { rows } = (await database.execute(extendChain(extension))) as { rows: unknown[] };
    return rows.length > 0 ? extension.after : undefined;
  }

  #extension(before: AuditHead, events: readonly PreparedEvent[]): Extension {
    let { seq, hash } = before;
    const rows = events.map((event) => {
      seq += 1;
      const body = canonicalRecord(event, seq);
      hash = linkHash(sha256, hash, body);
      const { chain, at, kind, actorId, requestId } = event;
      return { chain, seq, at, kind, actorId, requestId, body, hash };
    });
    const { chain, first_seq, first_prev } = before;
    const after = this.#signer.sign({ chain, seq, hash, at: new Date().toISOString(), first_seq, first_prev });
    return { before, after, rows };
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

async function beginChain(transaction: Database, chain: string, signer: HeadSigner): Promise<AuditHead> {
  const at = new Date().toISOString();
  const first = signer.sign({ chain, seq: 0, hash: NO_RECORD, at, first_seq: 1, first_prev: NO_RECORD });
  await transaction.insert(auditHeads).values(headColumns(first)).onConflictDoNothing();
  return (await lockHead(transaction, chain, signer)) ?? first;
}

async function isStored(transaction: Database, { chain, seq, hash }: AuditHead): Promise<boolean> {
  const [row] = await transaction
    .select({ hash: auditEvents.hash })
    .from(auditEvents)
    .where(and(eq(auditEvents.chain, chain), eq(auditEvents.seq, seq)));
  return row?.hash === hash;
}

/** Moves the head, if it is still where it was, and only then adds the rows. */
function extendChain({ before, after, rows }: Extension) {
  const column = <T>(of: (row: (typeof rows)[number]) => T) => sql.param(rows.map(of));
  return sql`
    with head as (
      update ${auditHeads}
      set seq = ${after.seq}, hash = ${after.hash}, at = ${after.at}, kid = ${after.kid}, signature = ${after.signature}
      where chain = ${before.chain} and seq = ${before.seq} and hash = ${before.hash} and first_seq = ${before.first_seq}
      returning chain
    )
    insert into ${auditEvents} (chain, seq, at, kind, actor_id, request_id, body, hash)
    select head.chain, event.* from head, unnest(
      ${column(({ seq }) => seq)}::bigint[], ${column(({ at }) => at.toISOString())}::timestamptz[],
      ${column(({ kind }) => kind)}::text[], ${column(({ actorId }) => actorId)}::text[],
      ${column(({ requestId }) => requestId)}::text[], ${column(({ body }) => body)}::text[],
      ${column(({ hash }) => hash)}::text[]
    ) as event
    returning seq`;
}
