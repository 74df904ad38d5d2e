import type { AuditHead } from '@servonaut/contracts';
import type { auditHeads } from '../../platform/database/schema.ts';

type HeadRow = typeof auditHeads.$inferSelect;

/** A head as the database keeps it. */
export function headColumns(head: AuditHead): HeadRow {
  const { chain, seq, hash, at, first_seq: firstSeq, first_prev: firstPrev, kid, signature } = head;
  return { chain, seq, hash, at: new Date(at), firstSeq, firstPrev, kid, signature };
}

export function headOfRow({ firstSeq, firstPrev, at, ...row }: HeadRow): AuditHead {
  return { v: 1, ...row, at: at.toISOString(), first_seq: firstSeq, first_prev: firstPrev };
}
