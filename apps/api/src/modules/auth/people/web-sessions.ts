import type { Database } from '../../../platform/database/database.ts';
import type { RequestSource } from './request-source.ts';
import type { User } from './user-service.ts';

/** A browser in which somebody has signed in. */
export interface WebSession extends RequestSource {
  /** Not what the cookie holds, and of no use in its place. */
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  /** When the person last showed who they are. Null when nobody knows: it makes the session as old as can be. */
  readonly signedInAt: Date | null;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  /** How the person was recognised (RFC 8176). */
  readonly methods: readonly string[];
}

/** Port: who the person in front of a browser is. */
export abstract class WebSessions {
  /**
   * @param signedInAt now, unless somebody else says so
   * @returns the secret for the cookie, which nobody can show again.
   */
  abstract begin(
    user: User,
    methods: readonly string[],
    from: RequestSource,
    signedInAt?: Date | null,
  ): Promise<string>;

  /** The live session of a cookie; undefined for an ended, expired or unknown one, and when its user is disabled. */
  abstract of(secret: string | undefined): Promise<WebSession | undefined>;

  /** The live ones, latest first. */
  abstract list(userId: string): Promise<WebSession[]>;

  /** @throws ServonautError `not_found` when the user has no such session. */
  abstract end(id: string, userId: string): Promise<void>;

  /**
   * As part of a transaction, when one is given.
   * @param except id of the session that stays
   */
  abstract endAll(userId: string, except?: string, database?: Database): Promise<void>;
}
