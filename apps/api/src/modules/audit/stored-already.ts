import { and, eq, gte } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents } from '../../platform/database/schema.ts';
import { canonicalRecord, type PreparedEvent } from './audit-event.ts';

/**
 * Which of the events are in the database. A process that is killed has stored events that its journal still holds: it writes that file anew only
 * now and then.
 */
export async function storedAlready(
  database: Database,
  events: readonly PreparedEvent[],
): Promise<readonly PreparedEvent[]> {
  const byChain = Map.groupBy(events, ({ chain }) => chain);
  const stored = await Promise.all([...byChain].map(([chain, own]) => storedOf(database, chain, own)));
  return stored.flat();
}

/** Of equal ones, as many as there are records of them. */
async function storedOf(database: Database, chain: string, events: readonly PreparedEvent[]): Promise<PreparedEvent[]> {
  const since = new Date(Math.min(...events.map(({ at }) => at.getTime())));
  const rows = await database
    .select({ seq: auditEvents.seq, body: auditEvents.body })
    .from(auditEvents)
    .where(and(eq(auditEvents.chain, chain), gte(auditEvents.at, since)));
  const bodies = Map.groupBy(rows, ({ seq, body }) => body.slice(0, -placeOf(seq).length));
  return events.filter((event) => bodies.get(withoutPlace(event))?.pop());
}

const placeOf = (seq: number): string => canonicalRecord({ text: '}' }, seq);
const withoutPlace = (event: PreparedEvent): string => canonicalRecord(event, 0).slice(0, -placeOf(0).length);
