import type { AuditHead } from '@servonaut/contracts';
import { and, eq } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents } from '../../platform/database/schema.ts';

/** Somewhere in a chain: a record, by its place and its hash. */
export interface ChainLink {
  readonly seq: number;
  readonly hash: string;
}

/** Whether the chain has gone on from there to its head. Of what retention has removed only the last is known. */
export async function hasLink(database: Database, head: AuditHead, { seq, hash }: ChainLink): Promise<boolean> {
  if (seq > head.seq) return false;
  if (seq === head.first_seq - 1) return hash === head.first_prev;
  return seq < head.first_seq || isStored(database, { chain: head.chain, seq, hash });
}

export async function isStored(
  database: Database,
  { chain, seq, hash }: ChainLink & { readonly chain: string },
): Promise<boolean> {
  const [row] = await database
    .select({ hash: auditEvents.hash })
    .from(auditEvents)
    .where(and(eq(auditEvents.chain, chain), eq(auditEvents.seq, seq)));
  return row?.hash === hash;
}
