import { NO_RECORD, type AuditFault } from '@servonaut/contracts';
import {
  CHAIN_RESUMED,
  CHAIN_TRIMMED,
  follows,
  readEntry,
  trimSchema,
  type ChainLink,
  type LocalEntry,
} from './audit-entry.ts';

/** What is wrong, and at which entry. */
export type LocalFault = Omit<AuditFault, 'chain'>;

/** Entries that are not there. Of those at the start it may be recorded that they were removed. */
interface Gap {
  readonly from: number;
  /** The one after them. */
  readonly next: LocalEntry;
}

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
  /** It is recorded that what came before the oldest entry was removed. */
  isTrimmed = false;
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
    if (!entry) {
      if (line !== '') this.#isBroken = true;
      return undefined;
    }
    this.#explainBroken(entry);
    this.#place(entry);
    this.#explainStart(entry);
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

  #place(entry: LocalEntry): void {
    const { seq } = entry.record;
    this.entries += 1;
    this.firstSeq ||= seq;
    const expected = this.#last.seq + 1;
    if (seq < expected) return void this.faults.push({ seq, fault: 'moved' });
    if (seq > expected) this.#gaps.push({ from: expected, next: entry });
    else if (!follows(this.#last.hash, entry)) this.faults.push({ seq, fault: 'changed' });
    this.#last = { seq, hash: entry.hash };
    if ((this.#kept.get(seq) ?? entry.hash) !== entry.hash) this.faults.push({ seq, fault: 'rolled_back' });
  }

  /** What is removed as the settings say is the start of the chain: it ended right before the oldest entry, and with the hash that is recorded. */
  #explainStart({ record }: LocalEntry): void {
    const trimmed = record.kind === CHAIN_TRIMMED ? trimSchema.safeParse(record.data).data : undefined;
    const [start] = this.#gaps;
    if (!trimmed || start?.from !== 1 || start.next.record.seq !== trimmed.first_seq) return;
    if (!follows(trimmed.first_prev, start.next)) return;
    this.isTrimmed = true;
    this.#gaps.shift();
  }
}
