import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { eq, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { credentials } from '../../../platform/database/schema.ts';

const EXACTNESS_MS = 60_000;
const REMEMBERED_CREDENTIALS = 10_000;

/** Keeps `last_used_at`, behind the request and at most once a minute for each credential. */
@Injectable()
export class CredentialUsage implements BeforeApplicationShutdown {
  readonly #logger = new Logger('CredentialUsage');
  readonly #recent = new LRUCache<string, true>({ max: REMEMBERED_CREDENTIALS, ttl: EXACTNESS_MS });
  readonly #writes = new Set<Promise<void>>();

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  note(credentialId: string): void {
    if (this.#recent.has(credentialId)) return;
    this.#recent.set(credentialId, true);
    const write = this.#write(credentialId).finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  /** All notes are in the database. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#writes);
  }

  async #write(credentialId: string): Promise<void> {
    try {
      await this.database
        .update(credentials)
        .set({ lastUsedAt: sql`now()` })
        .where(eq(credentials.id, credentialId));
    } catch (error) {
      this.#logger.warn(`last use of ${credentialId} not recorded: ${String(error)}`);
    }
  }
}
