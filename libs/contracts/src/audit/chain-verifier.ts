import { headText, linkHash, type Sha256, type VerifySignature } from './audit-chain.ts';
import { auditLineSchema, type AuditEntry, type AuditHead, type AuditLine } from './audit-record.ts';
import { canonicalJson } from './canonical-json.ts';

/** What is wrong, and where. */
export interface AuditFault {
  /** Empty when that cannot be told. */
  readonly chain: string;
  /** The first record concerned; null when it is the head, or nothing that can be named. */
  readonly seq: number | null;
  readonly fault:
    /** Records are not there; `until` is the last of them. */
    | 'missing'
    /** The record is not the one that was hashed, or what stands before it is not. */
    | 'changed'
    /** The record is not at its place. */
    | 'moved'
    /** Records that the head counts are not at the end; `until` is the last of them. */
    | 'cut_off'
    /** The record is not counted by the head. */
    | 'added'
    /** The last record is not the one that the head names. */
    | 'other_end'
    /** The head is not signed by a key that is trusted. */
    | 'head_forged'
    /** The chain ends before a record that somebody has kept the hash of, or has another one in its place. */
    | 'rolled_back'
    /** The record stands under no head of its chain. */
    | 'no_head'
    /** What stands after that record is no line of an audit. */
    | 'malformed';
  readonly until?: number;
}

/** A record that somebody kept the hash of, outside the reach of whoever might rewrite the chain. */
export interface KeptLink {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

export interface VerifierOptions {
  readonly sha256: Sha256;
  readonly verifySignature: VerifySignature;
  readonly kept?: readonly KeptLink[];
  /** Called when a chain begins, with how far it is said to go. */
  readonly onHead?: (head: AuditHead) => void;
  /** Called for each fault, in the order in which they show. */
  readonly onFault: (fault: AuditFault) => void;
}

/** Most gaps that a chain is followed through; beyond, what is found late counts as `moved` all the same. */
const MOST_GAPS = 1_000;

/**
 * Checks chains as their lines come by, each a head and then its entries from the oldest to the last. Keeps one link, not the records. Pure:
 * what it is told is all that it knows.
 */
export class ChainVerifier {
  readonly #options: VerifierOptions;
  #section: ChainSection | null = null;
  readonly #chains = new Set<string>();
  #records = 0;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** How many records have been looked at. */
  get records(): number {
    return this.#records;
  }

  /** The chains that have been looked at. */
  get chains(): ReadonlySet<string> {
    return this.#chains;
  }

  /** A line of an export, as text. */
  takeText(text: string): void {
    const line = readLine(text);
    if (line) this.take(line);
    else
      this.#options.onFault({
        chain: this.#section?.chain ?? '',
        seq: this.#section?.latest ?? null,
        fault: 'malformed',
      });
  }

  take(line: AuditLine): void {
    if ('head' in line) this.#open(line.head);
    else this.#takeEntry(line);
  }

  /** To be called once, after the last line. */
  end(): void {
    this.#section?.end();
    this.#section = null;
    for (const { chain, seq } of this.#options.kept ?? [])
      if (!this.#chains.has(chain)) this.#options.onFault({ chain, seq, fault: 'rolled_back' });
  }

  #open(head: AuditHead): void {
    this.#section?.end();
    this.#chains.add(head.chain);
    this.#options.onHead?.(head);
    this.#section = new ChainSection(head, this.#options);
  }

  #takeEntry(entry: AuditEntry): void {
    this.#records += 1;
    const { chain, seq } = entry.record;
    if (this.#section?.chain === chain) this.#section.take(entry);
    else this.#options.onFault({ chain, seq, fault: 'no_head' });
  }
}

function readLine(text: string): AuditLine | undefined {
  try {
    return auditLineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** One chain under its head. */
class ChainSection {
  readonly #head: AuditHead;
  readonly #options: VerifierOptions;
  readonly #kept: ReadonlyMap<number, string>;
  /** The record that should come next. */
  #next: number;
  /** The hash before it; null when that record did not come, so that nothing can be said of the link. */
  #previous: string | null;
  /** Records that did not come yet: from the first number to the second. */
  #gaps: (readonly [number, number])[] = [];

  constructor(head: AuditHead, options: VerifierOptions) {
    this.#head = head;
    this.#options = options;
    this.#next = head.first_seq;
    this.#previous = head.first_prev;
    const kept = options.kept?.filter(({ chain }) => chain === head.chain) ?? [];
    this.#kept = new Map(kept.map(({ seq, hash }) => [seq, hash]));
    if (!options.verifySignature(head.kid, headText(head), head.signature)) this.#fault(null, 'head_forged');
    this.#checkKept(head.first_seq - 1, head.first_prev);
  }

  get chain(): string {
    return this.#head.chain;
  }

  /** The record that came last; one less than the first before any has. */
  get latest(): number {
    return this.#next - 1;
  }

  take({ record, hash }: AuditEntry): void {
    const { seq } = record;
    if (seq > this.#head.seq) return this.#fault(seq, 'added');
    if (seq < this.#next) return this.#takeLate(seq);
    if (seq > this.#next) this.#skipTo(seq);
    if (this.#previous !== null && linkHash(this.#options.sha256, this.#previous, canonicalJson(record)) !== hash)
      this.#fault(seq, 'changed');
    this.#checkKept(seq, hash);
    // What was changed is said once: the records after it stand on the hash that is written there.
    this.#previous = hash;
    this.#next = seq + 1;
  }

  end(): void {
    const { seq, hash } = this.#head;
    for (const [from, until] of this.#gaps) this.#fault(from, 'missing', until);
    if (this.#next <= seq) this.#fault(this.#next, 'cut_off', seq);
    else if (this.#previous !== hash) this.#fault(seq, 'other_end');
    for (const kept of this.#kept.keys()) if (kept > seq) this.#fault(kept, 'rolled_back');
  }

  #skipTo(seq: number): void {
    if (this.#gaps.length < MOST_GAPS) this.#gaps.push([this.#next, seq - 1]);
    else this.#fault(this.#next, 'missing', seq - 1);
    this.#previous = null;
  }

  /** It is there after all, though not where it belongs. */
  #takeLate(seq: number): void {
    this.#fault(seq, 'moved');
    this.#gaps = this.#gaps.flatMap(([from, until]) => {
      if (seq < from || seq > until) return [[from, until] as const];
      return (
        [
          [from, seq - 1],
          [seq + 1, until],
        ] as const
      ).filter(([a, b]) => a <= b);
    });
  }

  #checkKept(seq: number, hash: string): void {
    const kept = this.#kept.get(seq);
    if (kept !== undefined && kept !== hash) this.#fault(seq, 'rolled_back');
  }

  #fault(seq: number | null, fault: AuditFault['fault'], until?: number): void {
    const { chain } = this.#head;
    this.#options.onFault({ chain, seq, fault, ...(until !== undefined && until !== seq && { until }) });
  }
}
