import type { ExecutorHashBody } from '@servonaut/contracts';
import { endedCallOf, type LocalEntry } from './audit-entry.ts';
import { DAY_MS } from './chain-rotation.ts';
import type { ChainTrim } from './chain-verification.ts';

/** How much later than here a result may be on record there, in milliseconds, where it counts how old it is. */
const LATER_MS = DAY_MS;

/** How the two audits differ about one request. */
export interface Disagreement {
  readonly request_id: string;
  readonly fault:
    /** The executor has recorded its end, and the coordinator has nothing of that. */
    | 'missing_there'
    /** The coordinator has it from this executor, whose own audit has nothing of it. */
    | 'missing_here'
    /** Both have it, as something else. */
    | 'other_hash';
  /** By the clock of whoever has it. */
  readonly at: string;
  /** Of the local entry. */
  readonly seq: number | null;
}

export interface Comparison {
  readonly disagreements: readonly Disagreement[];
  /** Requests of which both have the same. */
  readonly same: number;
  /** Of the coordinator's: what this executor says that it has removed as its settings say. */
  readonly trimmed: number;
  /** Of the coordinator's: what other executors of the user have put on their own record. */
  readonly elsewhere: number;
  /** Of the local ones: what the coordinator need not have yet. */
  readonly unsettled: number;
  /** Of the local ones: what ended before the oldest that the coordinator has, which may keep no more. */
  readonly forgotten: number;
}

export interface ComparisonFacts {
  /** Ids under which this profile is or was registered, besides those in its audit. */
  readonly executorIds: readonly string[];
  /** Requests whose results wait for the coordinator. */
  readonly undelivered: ReadonlySet<string>;
  /** What ended later need not be there yet; in milliseconds since the epoch. */
  readonly settledBefore: number;
  /** How it is recorded that what came before the oldest entry was removed. */
  readonly trim: ChainTrim | undefined;
}

/** A call that this executor has ended, perhaps more than once: after a kill in between the last of its entries is the one that was sent. */
interface LocalEnd {
  readonly seq: number;
  readonly at: string;
  readonly hashes: Set<string>;
}

/** Holds what the coordinator was told against what the audit of this machine says, in both directions. */
export class AuditComparison {
  readonly #ends = new Map<string, LocalEnd>();
  readonly #executors = new Set<string>();
  #since: string | undefined;

  /** All entries of the chain, from the oldest on. */
  add(entry: LocalEntry): void {
    const { at, request_id, seq } = entry.record;
    this.#since ??= at;
    const executor = endedCallOf(entry)?.executor_id;
    if (executor === undefined || request_id === null) return;
    this.#executors.add(executor);
    const hashes = this.#ends.get(request_id)?.hashes ?? new Set();
    this.#ends.set(request_id, { seq, at, hashes: hashes.add(entry.hash) });
  }

  compare(rows: readonly ExecutorHashBody[], facts: ComparisonFacts): Comparison {
    const executors = new Set([...this.#executors, ...facts.executorIds]);
    const own = rows.filter((row) => this.#ends.has(row.request_id) || executors.has(row.executor_id));
    const ours = own.filter((row) => !(facts.trim && this.#isTrimmed(row, facts.trim)));
    const there = new Map(ours.map((row) => [row.request_id, row]));
    const alone = [...this.#ends].filter(([id]) => !there.has(id));
    const oldest = rows[0]?.at ?? '';
    const settled = alone.filter(([id, { at }]) => Date.parse(at) < facts.settledBefore && !facts.undelivered.has(id));
    const forgotten = settled.filter(([, { at }]) => at < oldest).length;
    const differing = ours.flatMap((row) => this.#differs(row) ?? []);
    const lacking = settled.flatMap(([id, { seq, at }]) => (at < oldest ? [] : missingThere(id, seq, at)));
    return {
      disagreements: [...differing, ...lacking],
      same: ours.length - differing.length,
      trimmed: own.length - ours.length,
      elsewhere: rows.length - own.length,
      unsettled: alone.length - settled.length,
      forgotten,
    };
  }

  /**
   * The chain has lost its start by its own word, so that this has to fit its word: what is before its oldest entry and, unless there was too
   * much, was too old when it went. The clocks are two.
   */
  #isTrimmed({ request_id, at }: ExecutorHashBody, trim: ChainTrim): boolean {
    if (this.#ends.has(request_id) || this.#since === undefined || at >= this.#since) return false;
    return trim.why === 'size' || Date.parse(at) < Date.parse(trim.at) - trim.keep_days * DAY_MS + LATER_MS;
  }

  #differs({ request_id, at, executor_audit_hash }: ExecutorHashBody): Disagreement | undefined {
    const end = this.#ends.get(request_id);
    if (!end) return { request_id, fault: 'missing_here', at, seq: null };
    return end.hashes.has(executor_audit_hash) ? undefined : { request_id, fault: 'other_hash', at, seq: end.seq };
  }
}

function missingThere(request_id: string, seq: number, at: string): Disagreement {
  return { request_id, fault: 'missing_there', at, seq };
}
