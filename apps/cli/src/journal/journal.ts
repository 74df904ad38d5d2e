import { closeSync, fchmodSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ServonautError, WIRE_LIMITS } from '@servonaut/contracts';
import { readRecords, type JournalRecord } from './journal-record.ts';

/** A result that the coordinator has not taken yet. */
export interface SpooledResult {
  readonly requestId: string;
  /** JSON of the command result, as it is posted. */
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
}

/** A request that had started and of which nothing else is known: the executor was killed while it ran. */
export interface InterruptedRequest {
  readonly requestId: string;
  readonly type: string;
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
}

const DEFAULTS = { now: Date.now, rememberMs: 2 * WIRE_LIMITS.ttlSeconds * 1_000, compactAtBytes: 32 * 1024 * 1024 };

type Entry =
  | { state: 'started'; at: number; type: string }
  | { state: 'finished'; at: number; body: string }
  | { state: 'delivered'; at: number };

/**
 * What this executor has taken, on disk before it acts: an id is recorded before its request runs, a result before it is posted. So a request
 * never runs twice and a result is never lost, whenever the process is killed.
 *
 * Nothing is synced to the platter: a killed process loses no finished write, and after a power cut, which could lose the last ones, the
 * start-by deadline of whatever was running has passed, so it is not run again either.
 */
export class Journal {
  /** Records that could not be read when the journal was opened: cut off by a kill, or damaged by a power cut. */
  readonly damaged: number;
  readonly #path: string;
  readonly #options: typeof DEFAULTS;
  readonly #entries = new Map<string, Entry>();
  #file: number;
  #bytes = 0;
  #compactAt: number;

  /** @throws ServonautError `config_invalid` when the folder cannot be written */
  constructor(stateDir: string, options: JournalOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#path = join(stateDir, 'journal.jsonl');
    this.#compactAt = this.#options.compactAtBytes;
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const { records, damaged } = readRecords(readIfThere(this.#path));
    this.damaged = damaged;
    for (const record of records) this.#replay(record);
    this.#file = this.#rewrite();
  }

  /** Whether the request was taken before, in this life of the executor or an earlier one. */
  knows(requestId: string): boolean {
    return this.#entries.has(requestId);
  }

  /** Call before the request runs. @throws ServonautError `tool_failed` when it could not be recorded: then it must not run */
  start(requestId: string, type: string): void {
    const at = this.#options.now();
    this.#append(JSON.stringify({ event: 'started', id: requestId, at, type }));
    this.#entries.set(requestId, { state: 'started', at, type });
  }

  /**
   * Call before the result is posted.
   * @param body JSON of the command result
   * @throws ServonautError `tool_failed` when it could not be recorded: it is then kept in memory only
   */
  finish(requestId: string, body: string): SpooledResult {
    const at = this.#options.now();
    this.#entries.set(requestId, { state: 'finished', at, body });
    this.#append(finishedLine(requestId, at, body));
    return { requestId, body, finishedAt: at };
  }

  /** The coordinator has the result, or never will: it need not be kept. */
  deliver(requestId: string): void {
    const at = this.#options.now();
    this.#entries.set(requestId, { state: 'delivered', at });
    this.#append(JSON.stringify({ event: 'delivered', id: requestId, at }));
    if (this.#bytes > this.#compactAt) this.#compact();
  }

  undelivered(): SpooledResult[] {
    return [...this.#entries].flatMap(([requestId, entry]) =>
      entry.state === 'finished' ? [{ requestId, body: entry.body, finishedAt: entry.at }] : [],
    );
  }

  /** Only right after opening: later these are simply the requests that run. */
  interrupted(): InterruptedRequest[] {
    return [...this.#entries].flatMap(([requestId, entry]) =>
      entry.state === 'started' ? [{ requestId, type: entry.type, startedAt: entry.at }] : [],
    );
  }

  close(): void {
    closeSync(this.#file);
  }

  #replay(record: JournalRecord): void {
    const { id, at, event } = record;
    if (event === 'started') this.#entries.set(id, { state: event, at, type: record.type });
    else if (event === 'finished') this.#entries.set(id, { state: event, at, body: JSON.stringify(record.result) });
    else this.#entries.set(id, { state: event, at });
  }

  #append(line: string): void {
    const bytes = Buffer.from(`\n${line}`);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
    } catch (error) {
      throw new ServonautError('tool_failed', {
        message: 'The executor cannot write its journal.',
        detail: String(error),
        cause: error,
      });
    }
    this.#bytes += bytes.length;
  }

  #compact(): void {
    const old = this.#file;
    this.#file = this.#rewrite();
    closeSync(old);
    // What is still needed may itself be large; without this every further delivery would write it all again.
    this.#compactAt = this.#options.compactAtBytes + this.#bytes;
  }

  /** Writes a new file beside the old one and puts it in its place: a kill leaves one or the other. Returns the open new file. */
  #rewrite(): number {
    const forgetBefore = this.#options.now() - this.#options.rememberMs;
    for (const [id, entry] of this.#entries)
      if (entry.state === 'delivered' && entry.at < forgetBefore) this.#entries.delete(id);
    const temporary = `${this.#path}.new`;
    this.#file = openSync(temporary, 'w', 0o600);
    fchmodSync(this.#file, 0o600);
    this.#bytes = 0;
    for (const [id, entry] of this.#entries) this.#append(lineOf(id, entry));
    renameSync(temporary, this.#path);
    return this.#file;
  }
}

function lineOf(id: string, entry: Entry): string {
  if (entry.state === 'finished') return finishedLine(id, entry.at, entry.body);
  const { state: event, ...rest } = entry;
  return JSON.stringify({ event, id, ...rest });
}

/** The result is spliced in as it will be posted: it may be megabytes, and is turned into JSON only once. */
function finishedLine(id: string, at: number, body: string): string {
  return `{"event":"finished","id":"${id}","at":${at},"result":${body}}`;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new ServonautError('config_invalid', { message: `${path} cannot be read.`, cause: error });
  }
}
