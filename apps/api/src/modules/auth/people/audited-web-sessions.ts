import type { Database } from '../../../platform/database/database.ts';
import type { AuditTrail } from '../../audit/index.ts';
import type { RequestSource } from './request-source.ts';
import type { User } from './user-service.ts';
import { WebSessions, type WebSession } from './web-sessions.ts';

/** Puts on record who has signed in, however they did, and when that ended. */
export class AuditedWebSessions extends WebSessions {
  readonly #inner: WebSessions;
  readonly #trail: Pick<AuditTrail, 'record' | 'note'>;

  constructor(inner: WebSessions, trail: Pick<AuditTrail, 'record' | 'note'>) {
    super();
    this.#inner = inner;
    this.#trail = trail;
  }

  /** Recorded first: a sign-in that nobody could see later is refused. */
  async begin(user: User, methods: readonly string[], from: RequestSource, signedInAt?: Date | null): Promise<string> {
    const { id: userId, name } = user;
    const actor = { kind: 'user', id: userId, label: name } as const;
    await this.#trail.record({ kind: 'signin.succeeded', userId, actor, data: { methods, agent: from.agent } });
    return this.#inner.begin(user, methods, from, signedInAt);
  }

  of(secret: string | undefined): Promise<WebSession | undefined> {
    return this.#inner.of(secret);
  }

  list(userId: string): Promise<WebSession[]> {
    return this.#inner.list(userId);
  }

  async end(id: string, userId: string): Promise<void> {
    await this.#inner.end(id, userId);
    this.#ended(userId, { session: id });
  }

  /** The transaction may be taken back after this, and then it was only tried. */
  async endAll(userId: string, except?: string, database?: Database): Promise<void> {
    await this.#inner.endAll(userId, except, database);
    this.#ended(userId, { session: 'all', except });
  }

  /** By whom, the record of the page or of the admin says, which has the same request id. */
  #ended(userId: string, data: Readonly<Record<string, unknown>>): void {
    this.#trail.note({ kind: 'signin.ended', userId, actor: { kind: 'user', id: userId }, data });
  }
}
