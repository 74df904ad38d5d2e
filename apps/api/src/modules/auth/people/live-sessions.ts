import { and, eq, gt, isNull, ne } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { webSessions } from '../../../platform/database/schema.ts';

/** See `WebSessions.endAll`. */
export async function endSessionsOf(userId: string, database: Database, except?: string): Promise<void> {
  await database
    .update(webSessions)
    .set({ endedAt: new Date() })
    .where(and(liveOf(userId), except === undefined ? undefined : ne(webSessions.id, except)));
}

export function live() {
  return and(isNull(webSessions.endedAt), gt(webSessions.expiresAt, new Date()));
}

export function liveOf(userId: string) {
  return and(eq(webSessions.userId, Number(userId)), live());
}
