import { and, asc, eq, gt, or, sql } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import type { FiledRow } from './audit-lines.ts';

/** Rows that are in memory at once. */
const PAGE = 500;

/**
 * The rows of a chain that its head does not count, or all of a chain without one. Nobody who writes to the audit leaves any. Head and rows are read by
 * one statement, whatever is recorded meanwhile.
 */
export async function* uncountedRows(database: Database, chain: string): AsyncGenerator<FiledRow, void> {
  const { seq } = auditEvents;
  const ofHead = (column: typeof auditHeads.seq | typeof auditHeads.firstSeq) =>
    sql`coalesce((select ${column} from ${auditHeads} where ${auditHeads.chain} = ${chain}), 0)`;
  const isUncounted = or(gt(seq, ofHead(auditHeads.seq)), sql`${seq} < ${ofHead(auditHeads.firstSeq)}`);
  for (let last = Number.MIN_SAFE_INTEGER; ;) {
    const page = await database
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.chain, chain), gt(seq, last), isUncounted))
      .orderBy(asc(seq))
      .limit(PAGE);
    yield* page;
    last = page.at(-1)?.seq ?? last;
    if (page.length < PAGE) return;
  }
}

/** By one look at the index for each chain. */
export async function chainsWithoutHead(database: Database): Promise<string[]> {
  const { rows } = (await database.execute(sql`
    with recursive chains(chain) as (
      select min(chain) from ${auditEvents}
      union all
      select (select min(event.chain) from ${auditEvents} as event where event.chain > chains.chain) from chains where chains.chain is not null
    )
    select chain from chains where chain is not null and not exists (select from ${auditHeads} where ${auditHeads.chain} = chains.chain)`)) as {
    rows: { chain: string }[];
  };
  return rows.map(({ chain }) => chain);
}
