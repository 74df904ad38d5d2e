import fs from 'node:fs';
import { ServonautError, WIRE_LIMITS } from '@servonaut/contracts';
import { bootId } from './boot-id.ts';
import { JournalFile, journalPath, type JournalDisk } from './journal-file.ts';
import { journalLine } from './journal-line.ts';
import { finishedJson, readRecords, type JournalRecord } from './journal-record.ts';
import { LateSync } from './late-sync.ts';

/** A result that the coordinator has not taken yet. */
export interface SpooledResult {
  readonly requestId: string;
  /** JSON of the command result, as it is posted. */
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
}

/** What is to be known of a request, should nothing else ever be. */
export interface StartedRequest {
  readonly requestId: string;
  /** The executor that was asked. */
  readonly executorId: string;
  readonly tool: string;
  readonly server: string | null;
}

/** A request that had started and of which nothing else is known: the executor was killed while it ran. */
export interface InterruptedRequest extends StartedRequest {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface JournalOptions {
  readonly now?: () => number;
  /**
   * How long the ids of ended requests are remembered, in milliseconds. It must exceed the longest start-by deadline, after which a repeated
   * request is refused anyway.
   */
  readonly rememberMs?: number;
  /** Size in bytes at which the file is written anew without what is no longer needed. */
  readonly compactAtBytes?: number;
  /** Most bytes of results that wait for the coordinator; beyond it no request is started. */
  readonly maxSpoolBytes?: number;
  /** Milliseconds after which the disk is asked to keep what is not over yet. */
  readonly syncAfterMs?: number;
  /** Told of what the operator should know and no request waits for. */
  readonly warn?: (message: string) => void;
  readonly boot?: string | null;
  readonly disk?: JournalDisk;
}

const MIB = 1024 * 1024;
const DEFAULTS = {
  now: Date.now,
  rememberMs: 2 * WIRE_LIMITS.ttlSeconds * 1_000,
  compactAtBytes: 32 * MIB,
  maxSpoolBytes: 64 * MIB,
  syncAfterMs: 50,
  warn: () => undefined,
  disk: fs,
};

type Entry =
  | { state: 'started'; at: number; request: StartedRequest }
  | { state: 'finished'; at: number; body: string }
  | { state: 'delivered'; at: number };

/**
 * What this executor has taken, on disk before it acts: an id is recorded before its request runs, a result before it is posted. So a request
 * never runs twice and a result is never lost, whenever the process is killed. What a power cut takes, and why nothing waits for the platter:
 * docs/adr/0025-nothing-waits-for-the-platter.md.
 */
export class Journal {
  /** Records that could not be read when the journal was opened: cut off by a kill, or damaged. */
  readonly damaged: number;
  readonly #options: Required<JournalOptions>;
  readonly #file: JournalFile;
  readonly #entries = new Map<string, Entry>();
  readonly #sync: LateSync;
  #doubtfulSince: number | null = null;
  #compactAt: number;
  #spooledBytes = 0;
  /** The file lacks something that was to be recorded. */
  #isIncomplete = false;
  #isClosed = false;

  /** @throws ServonautError `config_invalid` or `tool_failed` when the folder cannot be read or written */
  constructor(stateDir: string, options: JournalOptions = {}) {
    this.#options = { ...DEFAULTS, boot: bootId(), ...options };
    this.#file = new JournalFile(journalPath(stateDir), this.#options.disk);
    this.#sync = new LateSync(this.#file, this.#options);
    this.#compactAt = this.#options.compactAtBytes;
    const bytes = this.#file.read();
    const { records, damaged } = readRecords(bytes ?? Buffer.alloc(0));
    this.damaged = damaged;
    for (const record of records) this.#replay(record);
    if (bytes && (damaged > 0 || this.#mayLackTheLast(records))) this.#doubtfulSince = this.#options.now();
    this.#compact();
  }

  /** Whether the request was taken before, in this life of the executor or an earlier one. */
  knows(requestId: string): boolean {
    return this.#entries.has(requestId);
  }

  /**
   * Whether something may be missing: a line was damaged, or this machine was started anew since the journal was written, maybe after a power cut. What is not
   * known then, and was asked for before this process was there, may have begun all the same. Holds for as long as such a request might come.
   */
  get isDoubtful(): boolean {
    return this.#doubtfulSince !== null && this.#options.now() - this.#doubtfulSince < this.#options.rememberMs;
  }

  /** Call before the request runs. @throws ServonautError `tool_failed` when it could not be recorded: then it must not run */
  start(request: StartedRequest): void {
    if (this.#spooledBytes > this.#options.maxSpoolBytes) throw spoolIsFull(this.undelivered().length);
    const at = this.#options.now();
    const entry = { state: 'started', at, request } as const;
    this.#append(jsonOf(request.requestId, entry));
    this.#set(request.requestId, entry);
    this.#sync.soon(request.requestId);
  }

  /**
   * Call before the result is posted.
   * @param body JSON of the command result
   * @throws ServonautError `tool_failed` when it could not be recorded: it is then kept in memory only, until the disk takes it
   */
  finish(requestId: string, body: string): SpooledResult {
    const at = this.#options.now();
    const entry = { state: 'finished', at, body } as const;
    this.#set(requestId, entry);
    this.#append(jsonOf(requestId, entry));
    this.#sync.soon(requestId);
    return { requestId, body, finishedAt: at };
  }

  /** The coordinator has the result, or never will: it need not be kept. @throws ServonautError `tool_failed` when that could not be recorded */
  deliver(requestId: string): void {
    const entry = { state: 'delivered', at: this.#options.now() } as const;
    this.#set(requestId, entry);
    this.#sync.never(requestId);
    this.#append(jsonOf(requestId, entry));
    if (this.#file.bytes > this.#compactAt) this.#compact();
  }

  undelivered(): SpooledResult[] {
    return [...this.#entries].flatMap(([requestId, entry]) =>
      entry.state === 'finished' ? [{ requestId, body: entry.body, finishedAt: entry.at }] : [],
    );
  }

  /** Only right after opening: later these are simply the requests that run. */
  interrupted(): InterruptedRequest[] {
    return [...this.#entries.values()].flatMap((entry) =>
      entry.state === 'started' ? [{ ...entry.request, startedAt: entry.at }] : [],
    );
  }

  /** From here on the file may be another process's: what still comes fails. */
  close(): void {
    this.#isClosed = true;
    this.#sync.stop();
    try {
      this.#file.close();
    } catch (error) {
      this.#options.warn((error as Error).message);
    }
  }

  #replay(record: JournalRecord): void {
    const { at, event } = record;
    if (event === 'opened') this.#doubtfulSince = record.doubtfulSince;
    else if (event === 'finished') this.#set(record.id, { state: event, at, body: JSON.stringify(record.result) });
    else if (event === 'delivered') this.#set(record.id, { state: event, at });
    else {
      const { id: requestId, executorId, tool, server } = record;
      this.#set(requestId, { state: event, at, request: { requestId, executorId, tool, server } });
    }
  }

  /** Where the system does not tell whether it was started anew, it may have been. */
  #mayLackTheLast(records: readonly JournalRecord[]): boolean {
    const { boot } = this.#options;
    const [first] = records;
    return boot === null || first?.event !== 'opened' || first.boot !== boot;
  }

  #set(requestId: string, entry: Entry): void {
    this.#spooledBytes += sizeOf(entry) - sizeOf(this.#entries.get(requestId));
    this.#entries.set(requestId, entry);
  }

  #append(json: string): void {
    if (this.#isClosed)
      throw new ServonautError('tool_failed', { message: 'The journal is closed: this process ends.' });
    if (this.#isIncomplete) this.#compact();
    try {
      this.#file.append(journalLine(json));
    } catch (error) {
      this.#isIncomplete = true;
      throw error;
    }
  }

  /** Writes the file anew, with everything that is known and still needed. */
  #compact(): void {
    this.#forget();
    try {
      this.#file.replace(this.#lines());
      this.#isIncomplete = false;
    } finally {
      // What is still needed may itself be large, or the disk be full: without this every further delivery would write it all again.
      this.#compactAt = this.#options.compactAtBytes + this.#file.bytes;
    }
  }

  #forget(): void {
    const forgetBefore = this.#options.now() - this.#options.rememberMs;
    for (const [id, entry] of this.#entries)
      if (entry.state === 'delivered' && entry.at < forgetBefore) this.#entries.delete(id);
  }

  *#lines(): Generator<Buffer> {
    const { boot, now } = this.#options;
    const doubtfulSince = this.isDoubtful ? this.#doubtfulSince : null;
    yield journalLine(JSON.stringify({ event: 'opened', at: now(), boot, doubtfulSince }));
    for (const [id, entry] of this.#entries) yield journalLine(jsonOf(id, entry));
  }
}

function jsonOf(id: string, entry: Entry): string {
  if (entry.state === 'finished') return finishedJson(id, entry.at, entry.body);
  if (entry.state === 'delivered') return JSON.stringify({ event: entry.state, id, at: entry.at });
  const { executorId, tool, server } = entry.request;
  return JSON.stringify({ event: entry.state, id, at: entry.at, executorId, tool, server });
}

function sizeOf(entry: Entry | undefined): number {
  return entry?.state === 'finished' ? entry.body.length : 0;
}

function spoolIsFull(results: number): ServonautError {
  return new ServonautError('tool_failed', {
    message: `${results} results of this executor wait for the coordinator; it runs nothing more until they are taken.`,
  });
}
