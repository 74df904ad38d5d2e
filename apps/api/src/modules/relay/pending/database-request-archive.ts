import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { and, asc, eq, lt, sql } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { relayRequests } from '../../../platform/database/schema.ts';
import type { RequestArchive } from './request-archive.ts';
import type { RequestRecord } from './request-record.ts';

/**
 * How long a change may wait for others to be written with it, in milliseconds. A request that ends sooner is written once. Nobody misses one
 * that is lost with the process by then: its agent has lost the call and never had the request's id.
 */
const WRITE_BEHIND_MS = 25;
/** How long after a write that failed the next one is tried, in milliseconds. */
const RETRY_MS = 1_000;
const PURGE_INTERVAL_MS = 3_600_000;

export interface DatabaseRequestArchiveOptions {
  /** How long a finished request can be read, in milliseconds. */
  readonly retentionMs: number;
}

/** Records in the table `relay_requests`; the latest state of all that changed since the last write goes in one statement. */
export class DatabaseRequestArchive implements RequestArchive {
  readonly #database: Database;
  readonly #retentionMs: number;
  readonly #logger = new Logger(DatabaseRequestArchive.name);
  #dirty = new Map<string, RequestRecord>();
  #writing = new Map<string, RequestRecord>();
  #lastWrite: Promise<void> = Promise.resolve();
  #nextWrite: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #purgeTimer: NodeJS.Timeout;

  constructor(database: Database, { retentionMs }: DatabaseRequestArchiveOptions) {
    this.#database = database;
    this.#retentionMs = retentionMs;
    this.#purgeTimer = setInterval(() => this.#purgeSoon(), PURGE_INTERVAL_MS).unref();
  }

  saveSoon(record: RequestRecord): void {
    this.#dirty.set(record.requestId, record);
    this.#flushIn(WRITE_BEHIND_MS);
  }

  save(record: RequestRecord): Promise<void> {
    this.#dirty.set(record.requestId, record);
    return this.#flush();
  }

  async get(userId: string, requestId: string): Promise<RequestRecord | undefined> {
    const unwritten = this.#dirty.get(requestId) ?? this.#writing.get(requestId);
    if (unwritten) return unwritten.userId === userId ? unwritten : undefined;
    const own = and(eq(relayRequests.id, requestId), eq(relayRequests.userId, userId));
    const [row] = await this.#database.select({ record: relayRequests.record }).from(relayRequests).where(own);
    return row && fromColumn(row.record);
  }

  async open(): Promise<RequestRecord[]> {
    const rows = await this.#database
      .select({ record: relayRequests.record })
      .from(relayRequests)
      .where(eq(relayRequests.finished, false))
      .orderBy(asc(relayRequests.createdAt));
    return rows.map(({ record }) => fromColumn(record));
  }

  /** Removes the requests that ended longer ago than the retention. */
  async purge(now = Date.now()): Promise<void> {
    const old = lt(relayRequests.updatedAt, new Date(now - this.#retentionMs));
    await this.#database.delete(relayRequests).where(and(eq(relayRequests.finished, true), old));
  }

  async close(): Promise<void> {
    clearInterval(this.#purgeTimer);
    await this.#flush();
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#flush().catch((error: unknown) => this.#logger.error(error, 'requests not written; trying again'));
    }, ms).unref();
  }

  #purgeSoon(): void {
    this.purge().catch((error: unknown) => this.#logger.error(error, 'old requests could not be removed'));
  }

  /** Whoever asks while a write runs shares the next one. */
  #flush(): Promise<void> {
    this.#nextWrite ??= this.#writeAfterLast();
    return this.#nextWrite;
  }

  async #writeAfterLast(): Promise<void> {
    await this.#lastWrite.catch(() => undefined); // reported to whoever waited for that one
    // PGlite works in this thread: the agent gets its answer first.
    await setImmediate();
    this.#nextWrite = null;
    this.#lastWrite = this.#write();
    await this.#lastWrite;
  }

  async #write(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#dirty.size === 0) return;
    this.#writing = this.#dirty;
    this.#dirty = new Map();
    try {
      await this.#upsert([...this.#writing.values()]);
    } catch (cause) {
      // What has changed since is newer than what could not be written.
      this.#dirty = new Map([...this.#writing, ...this.#dirty]);
      this.#flushIn(RETRY_MS);
      throw new ServonautError('unavailable', { cause, detail: 'relay_requests could not be written' });
    } finally {
      this.#writing = new Map();
    }
  }

  async #upsert(records: readonly RequestRecord[]): Promise<void> {
    const excluded = (column: string) => sql.raw(`excluded.${column}`);
    const set = {
      record: excluded('record'),
      state: excluded('state'),
      finished: excluded('finished'),
      updatedAt: excluded('updated_at'),
    };
    await this.#database
      .insert(relayRequests)
      .values(records.map(toRow))
      .onConflictDoUpdate({ target: relayRequests.id, set });
  }
}

/** The record goes in as one JSON string, not as an object: output may hold NUL and lone surrogates, which jsonb refuses. */
function toRow(record: RequestRecord): typeof relayRequests.$inferInsert {
  return {
    id: record.requestId,
    userId: record.userId,
    record: JSON.stringify(record),
    state: record.state,
    finished: record.state === 'finished',
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.finishedAt ?? record.createdAt),
  };
}

/** Drivers differ in whether they undo the column's own JSON or the string's too. */
function fromColumn(column: unknown): RequestRecord {
  return (typeof column === 'string' ? JSON.parse(column) : column) as RequestRecord;
}
