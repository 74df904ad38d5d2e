import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { lockDataFolder, type DataFolderLock } from '../../../platform/database/data-folder-lock.ts';
import { JournalFile, type Place } from '../../../platform/journal/journal-file.ts';
import type { RequestPlace } from './pending-store.ts';
import type { RequestArchive } from './request-archive.ts';
import { requestRecordSchema } from './request-record-schema.ts';
import type { RequestRecord } from './request-record.ts';

/**
 * How long a change may wait for others to be written with it, in milliseconds. A request that ends sooner is written once. Nobody misses one
 * that is lost with the process by then: its agent has lost the call and never had the request's id.
 */
const WRITE_BEHIND_MS = 25;
/** How long after a write that failed the next one is tried, in milliseconds. */
const RETRY_MS = 1_000;
const PURGE_INTERVAL_MS = 3_600_000;

export interface RequestJournalOptions {
  /** How long a finished request can be read, in milliseconds. */
  readonly retentionMs: number;
  /**
   * Size of the file, in bytes, at which it is written anew without what is no longer needed. When that is still more than half of it, the
   * oldest finished requests go too, so that the disk has a bound whatever the traffic.
   */
  readonly maxBytes: number;
}

/** The latest record of a request in the file. */
interface Entry extends Place {
  readonly userId: string;
  readonly version: number;
  readonly createdAt: number;
  /** Null while the request is open. */
  readonly finishedAt: number | null;
}

/** Records in `requests.journal` in the data folder: each change is a new record, the last one of a request counts. */
export class RequestJournal implements RequestArchive {
  readonly #file: JournalFile;
  readonly #lock: DataFolderLock;
  readonly #options: RequestJournalOptions;
  readonly #logger = new Logger(RequestJournal.name);
  /** In the order of the file. */
  readonly #entries = new Map<string, Entry>();
  readonly #dirty = new Map<string, RequestRecord>();
  #compactAt: number;
  #nextWrite: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #purgeTimer: NodeJS.Timeout;

  private constructor(file: JournalFile, lock: DataFolderLock, options: RequestJournalOptions) {
    this.#file = file;
    this.#lock = lock;
    this.#options = options;
    this.#compactAt = options.maxBytes;
    this.#readAll();
    this.#compact();
    this.#purgeTimer = setInterval(() => this.purge(), PURGE_INTERVAL_MS).unref();
  }

  /** @throws ServonautError `config_invalid` when another coordinator has the folder, or it cannot be written */
  static async open(dataDir: string, options: RequestJournalOptions): Promise<RequestJournal> {
    const lock = await lockDataFolder(dataDir, 'requests.lock');
    const file = path.join(dataDir, 'requests.journal');
    try {
      return new RequestJournal(new JournalFile(file), lock, options);
    } catch (cause) {
      lock.release();
      throw new ServonautError('config_invalid', { message: `${file} cannot be read or written.`, cause });
    }
  }

  saveSoon(record: RequestRecord): void {
    this.#dirty.set(record.requestId, record);
    this.#writeIn(WRITE_BEHIND_MS);
  }

  /** The agent gets its answer first: this thread writes when it has nothing else to do. Whoever asks until then shares the write. */
  save(record: RequestRecord): Promise<void> {
    const { requestId, version } = record;
    if (this.#entries.get(requestId)?.version === version && !this.#dirty.has(requestId)) return Promise.resolve();
    this.#dirty.set(requestId, record);
    this.#nextWrite ??= this.#writeWhenIdle();
    return this.#nextWrite;
  }

  async get(userId: string, requestId: string): Promise<RequestRecord | undefined> {
    const unwritten = this.#dirty.get(requestId);
    if (unwritten) return unwritten.userId === userId ? unwritten : undefined;
    const entry = this.#entries.get(requestId);
    return entry?.userId === userId && !this.#isOver(entry, Date.now()) ? this.#read(entry) : undefined;
  }

  users(): ReadonlySet<string> {
    return new Set([...this.#readable()].map(([, { userId }]) => userId));
  }

  placesOf(of: string): readonly RequestPlace[] {
    return [...this.#readable()].flatMap(([requestId, { userId, createdAt }]) =>
      userId === of ? { requestId, createdAt } : [],
    );
  }

  async open(): Promise<RequestRecord[]> {
    const open = [...this.#entries.values()].filter(({ finishedAt }) => finishedAt === null);
    return open.map((entry) => this.#read(entry)).toSorted((a, b) => a.createdAt - b.createdAt);
  }

  /** Removes the requests that ended longer ago than the retention, from the disk too. */
  purge(now = Date.now()): void {
    if ([...this.#entries.values()].some((entry) => this.#isOver(entry, now))) this.#tryCompact(now);
  }

  async close(): Promise<void> {
    clearInterval(this.#purgeTimer);
    try {
      this.#write();
    } finally {
      this.#file.close();
      this.#lock.release();
    }
  }

  *#readable(): Iterable<[string, Pick<Entry, 'userId' | 'createdAt'>]> {
    const now = Date.now();
    yield* this.#dirty;
    for (const [id, entry] of this.#entries) if (!this.#dirty.has(id) && !this.#isOver(entry, now)) yield [id, entry];
  }

  #readAll(): void {
    let damaged = 0;
    for (const [place, text] of this.#file.records()) {
      const record = readRecord(text);
      if (record) this.#enter(record, place);
      else damaged += 1;
    }
    if (damaged > 0) this.#logger.warn(`requests.journal: left out ${damaged} damaged records`);
  }

  #read(place: Place): RequestRecord {
    const record = readRecord(this.#file.read(place));
    if (record) return record;
    throw new ServonautError('unavailable', { detail: 'requests.journal was changed by somebody else' });
  }

  #enter({ requestId, userId, version, createdAt, finishedAt }: RequestRecord, { offset, length }: Place): void {
    this.#entries.delete(requestId);
    this.#entries.set(requestId, { offset, length, userId, version, createdAt, finishedAt });
  }

  #writeIn(ms: number): void {
    this.#timer ??= setTimeout(() => this.#tryWrite(), ms).unref();
  }

  async #writeWhenIdle(): Promise<void> {
    await setImmediate();
    this.#nextWrite = null;
    this.#write();
  }

  #tryWrite(): void {
    try {
      this.#write();
    } catch (error) {
      this.#logger.error(error, 'requests not written; trying again');
    }
  }

  #write(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#dirty.size === 0) return;
    const records = [...this.#dirty.values()];
    const places = this.#append(records);
    this.#dirty.clear();
    places.forEach((place, index) => this.#enter(records[index] as RequestRecord, place));
    if (this.#file.bytes > this.#compactAt) this.#tryCompact();
  }

  #append(records: readonly RequestRecord[]): Place[] {
    try {
      return this.#file.append(records.map((record) => JSON.stringify(record)));
    } catch (cause) {
      // Results are not kept for another attempt: their executors have them and post them again. A full disk must not fill memory too.
      for (const { requestId, result } of records) if (result) this.#dirty.delete(requestId);
      this.#writeIn(RETRY_MS);
      throw new ServonautError('unavailable', { cause, detail: 'requests.journal could not be written' });
    }
  }

  #tryCompact(now?: number): void {
    try {
      this.#compact(now);
    } catch (error) {
      this.#compactAt = this.#file.bytes + this.#options.maxBytes;
      this.#logger.error(error, 'requests.journal could not be written anew; it grows on');
    }
  }

  #compact(now = Date.now()): void {
    this.#forget(now);
    const kept = [...this.#entries];
    const places = this.#file.compact(kept.map(([, entry]) => entry));
    kept.forEach(([requestId, entry], index) => this.#entries.set(requestId, { ...entry, ...places[index] }));
    // Open requests are all kept, however large; without this each further write would write them all again.
    this.#compactAt = Math.max(this.#options.maxBytes, 2 * this.#file.bytes);
  }

  #forget(now: number): void {
    for (const [requestId, entry] of this.#entries) if (this.#isOver(entry, now)) this.#entries.delete(requestId);
    let bytes = [...this.#entries.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [requestId, { finishedAt, length }] of this.#entries) {
      if (bytes <= this.#options.maxBytes / 2) return;
      if (finishedAt === null) continue;
      this.#entries.delete(requestId);
      bytes -= length;
    }
  }

  #isOver({ finishedAt }: Entry, now: number): boolean {
    return finishedAt !== null && finishedAt < now - this.#options.retentionMs;
  }
}

function readRecord(text: string): RequestRecord | undefined {
  try {
    return requestRecordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
