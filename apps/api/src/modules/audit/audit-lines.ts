import {
  auditRecordSchema,
  canonicalJson,
  ServonautError,
  type AuditEntry,
  type AuditHead,
} from '@servonaut/contracts';
import { and, asc, eq, gt, lte } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents } from '../../platform/database/schema.ts';

/** A row of a chain, as far as it can be believed: the record in its text, and not the copies of its members. */
export type AuditRow = Pick<typeof auditEvents.$inferSelect, 'chain' | 'seq' | 'body' | 'hash'>;

/** A row with the copies of its members, by which it is found. */
export type FiledRow = typeof auditEvents.$inferSelect;

/** Rows that are in memory at once. */
const PAGE = 500;

/** The rows of a chain after one of them until another, in order. What is missing is missed by whoever verifies them. */
export async function* rowsOf(
  database: Database,
  { chain, after, until, page: size = PAGE }: { chain: string; after: number; until: number; page?: number },
): AsyncGenerator<FiledRow, void> {
  const { seq } = auditEvents;
  for (let last = after; ;) {
    const page = await database
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.chain, chain), gt(seq, last), lte(seq, until)))
      .orderBy(asc(seq))
      .limit(size);
    yield* page;
    last = page.at(-1)?.seq ?? until;
    if (page.length < size) return;
  }
}

/** The lines of an export, without their line feeds (docs/protocol/audit.md). */
export function headLine(head: AuditHead): string {
  return canonicalJson({ head });
}

/** An entry for a verifier, who is told when the copies of its members are none: by those it is found. */
export function filedEntryLine(row: FiledRow): string {
  const line = entryLine(row);
  const { at, kind, actorId: actor_id, requestId: request_id } = row;
  const filed = { actor_id, at: at.toISOString(), kind, request_id };
  return isFiledAs(row.body, filed) ? line : `{"filed_as":${canonicalJson(filed)},${line.slice(1)}`;
}

function isFiledAs(body: string, { actor_id, at, kind, request_id }: Record<string, string | null>): boolean {
  try {
    const record = JSON.parse(body);
    const isSame = record.kind === kind && record.actor.id === actor_id && record.request_id === request_id;
    return isSame && record.at === at;
  } catch {
    // What is no record any more is found as that.
    return true;
  }
}

/** The text as it was hashed, whatever it has become. A line feed in it, which no canonical form has, could look like a line of its own. */
export function entryLine({ hash, body }: Pick<AuditRow, 'hash' | 'body'>): string {
  return `{"hash":${JSON.stringify(hash)},"record":${body.replaceAll(/[\r\n]/g, ' ')}}`;
}

/** @throws ServonautError `conflict` for a record that somebody has changed so that it is none any more */
export function parseRow({ chain, seq, hash, body }: AuditRow): AuditEntry {
  try {
    return { hash, record: auditRecordSchema.parse(JSON.parse(body)) };
  } catch (cause) {
    throw new ServonautError('conflict', {
      message: `Record ${seq} of ${chain} is not the one that was written.`,
      nextStep: 'Verify the chain.',
      cause,
    });
  }
}
