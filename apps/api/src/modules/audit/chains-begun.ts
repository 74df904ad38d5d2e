import { CHAIN_BEGUN, COORDINATOR_CHAIN } from '@servonaut/contracts';
import { and, eq, gt } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents } from '../../platform/database/schema.ts';

/** The name of the chain in the canonical form of such a record. What somebody has changed may not have any. */
const NAME = /"data":\{"chain":"([\w:-]+)"\}/;

/** The chains whose beginning is on record after that place of the chain `coordinator`. */
export async function chainsBegun(database: Database, after: number): Promise<ReadonlySet<string | undefined>> {
  const { chain, seq, kind, body } = auditEvents;
  const rows = await database
    .select({ body })
    .from(auditEvents)
    .where(and(eq(chain, COORDINATOR_CHAIN), gt(seq, after), eq(kind, CHAIN_BEGUN)));
  return new Set(rows.map((row) => NAME.exec(row.body)?.[1]));
}
