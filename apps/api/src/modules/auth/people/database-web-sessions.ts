import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, desc, eq, isNull, lt } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { users, webSessions } from '../../../platform/database/schema.ts';
import { isSecretId, newSecret, secretId } from './link-secret.ts';
import { endSessionsOf, live, liveOf } from './live-sessions.ts';
import type { RequestSource } from './request-source.ts';
import type { User } from './user-service.ts';
import { WebSessions, type WebSession } from './web-sessions.ts';

const HOUR_MS = 3_600_000;
/** How exact `lastSeenAt` is: not each picture of a page is worth a write. */
const SEEN_MS = 60_000;

type Row = typeof webSessions.$inferSelect;

/** Sessions as rows: the database is asked at each request, so that an ended one is over at once, everywhere. */
@Injectable()
export class DatabaseWebSessions extends WebSessions {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'people'>,
    @Inject(DATABASE) private readonly database: Database,
  ) {
    super();
  }

  /** Forgets the user's expired ones in passing, which is as often as new ones come. */
  async begin(
    { id }: User,
    methods: readonly string[],
    { address, agent }: RequestSource,
    signedInAt: Date | null = new Date(),
  ): Promise<string> {
    const secret = newSecret();
    const userId = Number(id);
    const expiresAt = new Date(Date.now() + this.config.people.sessionHours * HOUR_MS);
    await this.database
      .delete(webSessions)
      .where(and(eq(webSessions.userId, userId), lt(webSessions.expiresAt, new Date())));
    await this.database
      .insert(webSessions)
      .values({ id: secretId(secret), userId, signedInAt, expiresAt, methods: [...methods], address, agent });
    return secret;
  }

  async of(secret: string | undefined): Promise<WebSession | undefined> {
    if (secret === undefined) return undefined;
    const [row] = await this.database
      .select({ session: webSessions })
      .from(webSessions)
      .innerJoin(users, eq(users.id, webSessions.userId))
      .where(and(eq(webSessions.id, secretId(secret)), live(), isNull(users.disabledAt)));
    if (!row) return undefined;
    await this.#seen(row.session);
    return toWebSession(row.session);
  }

  async list(userId: string): Promise<WebSession[]> {
    const rows = await this.database
      .select()
      .from(webSessions)
      .where(liveOf(userId))
      .orderBy(desc(webSessions.createdAt));
    return rows.map(toWebSession);
  }

  async end(id: string, userId: string): Promise<void> {
    const ended = isSecretId(id) ? await this.#ended(id, userId) : [];
    if (ended.length === 0) throw new ServonautError('not_found', { message: 'There is no such session.' });
  }

  endAll(userId: string, except?: string, database = this.database): Promise<void> {
    return endSessionsOf(userId, database, except);
  }

  #ended(id: string, userId: string): Promise<object[]> {
    return this.database
      .update(webSessions)
      .set({ endedAt: new Date() })
      .where(and(liveOf(userId), eq(webSessions.id, id)))
      .returning({ id: webSessions.id });
  }

  async #seen({ id, lastSeenAt }: Row): Promise<void> {
    const now = new Date();
    if (now.getTime() - lastSeenAt.getTime() < SEEN_MS) return;
    await this.database.update(webSessions).set({ lastSeenAt: now }).where(eq(webSessions.id, id));
  }
}

function toWebSession({ endedAt: _, userId, ...rest }: Row): WebSession {
  return { ...rest, userId: String(userId) };
}
