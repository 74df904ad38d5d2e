import { linkHash, type AuditHead } from '@servonaut/contracts';
import { sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import { canonicalRecord, type PreparedEvent } from './audit-event.ts';
import { sha256, type HeadSigner } from './head-signer.ts';

/** Events at their places, and the head after them. */
export interface Extension {
  readonly before: AuditHead;
  readonly after: AuditHead;
  readonly rows: readonly (typeof auditEvents.$inferInsert)[];
}

export function extension(signer: HeadSigner, before: AuditHead, events: readonly PreparedEvent[]): Extension {
  let { seq, hash } = before;
  const rows = events.map((event) => {
    seq += 1;
    const body = canonicalRecord(event, seq);
    hash = linkHash(sha256, hash, body);
    const { chain, at, kind, actorId, requestId } = event;
    return { chain, seq, at, kind, actorId, requestId, body, hash };
  });
  const { chain, first_seq, first_prev } = before;
  const after = signer.sign({ chain, seq, hash, at: new Date().toISOString(), first_seq, first_prev });
  return { before, after, rows };
}

/** One statement, so that it happens as a whole and takes one round trip. @returns whether it has: not when the chain goes on from another head by now */
export async function extend(database: Database, wanted: Extension): Promise<boolean> {
  const { rows } = (await database.execute(extendChain(wanted))) as { rows: unknown[] };
  return rows.length > 0;
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
