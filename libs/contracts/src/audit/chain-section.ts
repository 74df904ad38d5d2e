import { headText, linkHash } from './audit-chain.ts';
import type { AuditFault, VerifierOptions } from './audit-fault.ts';
import type { AuditEntry, AuditHead } from './audit-record.ts';

/** Most gaps that a chain is followed through; beyond, what is found late counts as `moved` all the same. */
const MOST_GAPS = 1_000;

/** One chain under its head. */
export class ChainSection {
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

  /** @param text of the record, in canonical form; null when it came in another */
  take({ record: { seq }, hash }: AuditEntry, text: string | null): void {
    if (seq > this.#head.seq) return this.#fault(seq, 'added');
    if (seq < this.#next) return this.#takeLate(seq);
    if (seq > this.#next) this.#skipTo(seq);
    if (text === null || !this.#isLinked(text, hash)) this.#fault(seq, 'changed');
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

  #isLinked(text: string, hash: string): boolean {
    return this.#previous === null || linkHash(this.#options.sha256, this.#previous, text) === hash;
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
