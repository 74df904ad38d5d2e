import { NO_RECORD, type AuditFault } from '@servonaut/contracts';
import {
  CHAIN_CUT,
  CHAIN_RESUMED,
  CHAIN_TRIMMED,
  cutSchema,
  follows,
  isWrittenAs,
  readEntry,
  trimSchema,
  type ChainLink,
  type LocalEntry,
} from './audit-entry.ts';
import { MIB } from './chain-rotation.ts';

/** What is wrong, and at which entry. */
export type LocalFault = Omit<AuditFault, 'chain'>;

/** Entries that are not there. Of those at the start it may be recorded that they were removed. */
interface Gap {
  readonly from: number;
  /** The one after them. */
  readonly next: LocalEntry;
}

/** What the chain says of how its start came to be removed. */
export interface ChainTrim {
  readonly at: string;
  /** There was more than might be kept, which what is kept bears out; or it was too old, which the chain alone cannot show. */
  readonly why: 'size' | 'age';
  readonly keep_mib: number;
  readonly keep_days: number;
}

/** Most bytes of a file that was removed, whatever is recorded of it: those that a file may have, and a long entry. */
const MOST_REMOVED = 65 * MIB;

/** Follows a chain from the oldest entry that is kept. */
export class ChainVerification {
  readonly faults: LocalFault[] = [];
  /** Lines that were cut off while they were written. */
  torn = 0;
  entries = 0;
  /** Of the oldest entry; 0 before any. */
  firstSeq = 0;
  readonly #kept: ReadonlyMap<number, string>;
  #last: ChainLink = { seq: 0, hash: NO_RECORD };
  #gaps: Gap[] = [];
  /** How it is recorded that what came before the oldest entry was removed. */
  trim: ChainTrim | undefined;
  #bytes = 0;
  /** No entry, and nothing that explains it yet. */
  #isBroken = false;

  /** @param kept ends of the chain that somebody has noted elsewhere */
  constructor(kept: readonly ChainLink[] = []) {
    this.#kept = new Map(kept.map(({ seq, hash }) => [seq, hash]));
  }

  /** The end of the chain, as far as it was seen. */
  get head(): ChainLink {
    return this.#last;
  }

  /** @param line without its end. @returns the entry, if it is one */
  take(line: string): LocalEntry | undefined {
    const entry = readEntry(line);
    if (!entry && line !== '') this.#isBroken = true;
    if (entry) {
      this.#explainBroken(entry);
      this.#place(entry, line);
      this.#explainStart(entry);
      this.#takeCut(entry);
    }
    this.#bytes += Buffer.byteLength(line) + 1;
    return entry;
  }

  /** Of a line that has no end, at the end of all, it is taken that it was being written. */
  end(): void {
    if (this.#isBroken) this.torn += 1;
    this.#isBroken = false;
    for (const { from, next } of this.#gaps)
      this.faults.push({ seq: from, fault: 'missing', until: next.record.seq - 1 });
    this.#gaps = [];
    for (const seq of this.#kept.keys())
      if (seq > this.#last.seq) this.faults.push({ seq: this.#last.seq + 1, fault: 'rolled_back', until: seq });
  }

  #explainBroken({ record }: LocalEntry): void {
    if (!this.#isBroken) return;
    this.#isBroken = false;
    if (record.kind === CHAIN_RESUMED) this.torn += 1;
    else this.faults.push({ seq: this.#last.seq, fault: 'malformed' });
  }

  #place(entry: LocalEntry, line: string): void {
    const { seq } = entry.record;
    this.entries += 1;
    this.firstSeq ||= seq;
    const expected = this.#last.seq + 1;
    if (seq < expected) return void this.faults.push({ seq, fault: 'moved' });
    if (seq > expected) this.#gaps.push({ from: expected, next: entry });
    if (!isWrittenAs(line, entry, seq === expected ? this.#last.hash : undefined))
      this.faults.push({ seq, fault: 'changed' });
    this.#last = { seq, hash: entry.hash };
    if ((this.#kept.get(seq) ?? entry.hash) !== entry.hash) this.faults.push({ seq, fault: 'rolled_back' });
  }

  /** What is removed as the settings say is the start of the chain: it ended right before the oldest entry, and with the hash that is recorded. */
  #explainStart({ record }: LocalEntry): void {
    const trimmed = record.kind === CHAIN_TRIMMED ? trimSchema.safeParse(record.data).data : undefined;
    const [start] = this.#gaps;
    if (!trimmed || start?.from !== 1 || start.next.record.seq !== trimmed.first_seq) return;
    if (!follows(trimmed.first_prev, start.next)) return;
    const { keep_mib, keep_days, removed_bytes } = trimmed;
    const isTooMuch = this.#bytes + Math.min(removed_bytes, MOST_REMOVED) > keep_mib * MIB;
    this.trim = { at: record.at, why: isTooMuch ? 'size' : 'age', keep_mib, keep_days };
    this.#gaps.shift();
  }

  /** By then, the numbers of what is gone are those of what came after it. */
  #takeCut({ record }: LocalEntry): void {
    const cut = record.kind === CHAIN_CUT ? cutSchema.safeParse(record.data).data : undefined;
    if (cut) this.faults.push({ seq: Math.min(record.seq, cut.seq), fault: 'cut_off', until: cut.seq });
  }
}
