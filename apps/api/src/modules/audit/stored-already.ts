import { and, asc, eq, gt, gte } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents } from '../../platform/database/schema.ts';
import { canonicalRecord, type PreparedEvent } from './audit-event.ts';

/** Rows that are in memory at once. */
const PAGE = 500;

/**
 * Which of the events are in the database. A process that is killed has stored events that its journal still holds: it writes that file anew only
 * now and then.
 */
export async function storedAlready(
  database: Database,
  events: readonly PreparedEvent[],
): Promise<readonly PreparedEvent[]> {
  const byChain = Map.groupBy(events, ({ chain }) => chain);
  const stored = [];
  for (const [chain, own] of byChain) stored.push(...(await storedOf(database, chain, own)));
  return stored;
}

/** Of equal ones, as many as there are records of them. */
async function storedOf(database: Database, chain: string, events: readonly PreparedEvent[]): Promise<PreparedEvent[]> {
  const since = new Date(Math.min(...events.map(({ at }) => at.getTime())));
  const waiting = Map.groupBy(events, withoutPlace);
  const stored: PreparedEvent[] = [];
  for await (const { seq, body } of rowsSince(database, chain, since)) {
    const event = waiting.get(body.slice(0, -placeOf(seq).length))?.shift();
    if (event) stored.push(event);
    if (stored.length === events.length) break;
  }
  return stored;
}

async function* rowsSince(database: Database, chain: string, since: Date) {
  const { seq, body, at } = auditEvents;
  for (let last = 0; ;) {
    const page = await database
      .select({ seq, body })
      .from(auditEvents)
      .where(and(eq(auditEvents.chain, chain), gt(seq, last), gte(at, since)))
      .orderBy(asc(seq))
      .limit(PAGE);
    yield* page;
    last = page.at(-1)?.seq ?? last;
    if (page.length < PAGE) return;
  }
}

const placeOf = (seq: number): string => canonicalRecord({ text: '}' }, seq);
const withoutPlace = (event: PreparedEvent): string => canonicalRecord(event, 0).slice(0, -placeOf(0).length);
