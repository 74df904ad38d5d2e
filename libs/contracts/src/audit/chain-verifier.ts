import type { AuditFault, VerifierOptions } from './audit-fault.ts';
import {
  auditLineSchema,
  CHAIN_BEGUN,
  COORDINATOR_CHAIN,
  type AuditEntry,
  type AuditHead,
  type AuditLine,
} from './audit-record.ts';
import { canonicalJson } from './canonical-json.ts';
import { ChainSection } from './chain-section.ts';

/**
 * Checks chains as their lines come by, each a head and then its entries from the oldest to the last. Keeps one link, not the records. Pure:
 * what it is told is all that it knows.
 */
export class ChainVerifier {
  readonly #options: VerifierOptions;
  #section: ChainSection | null = null;
  readonly #chains = new Set<string>();
  /** Those of whose beginning there is a record. */
  readonly #begun = new Set<string>();
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
    const read = readLine(text);
    if (!read) this.#fault({ chain: this.#section?.chain ?? '', seq: this.#section?.latest ?? null }, 'malformed');
    else if ('head' in read.line) this.#open(read.line.head);
    else this.#takeEntry(read.line, text === read.text ? read.record : null);
  }

  take(line: AuditLine): void {
    this.takeText(canonicalJson(line));
  }

  /** To be called once, after the last line. */
  end(): void {
    this.#section?.end();
    this.#section = null;
    for (const { chain, seq } of this.#options.kept ?? [])
      if (!this.#chains.has(chain)) this.#fault({ chain, seq }, 'rolled_back');
    // Where nothing is recorded yet, nothing can be missing.
    if (this.#options.isComplete && this.#chains.size > 0) this.#checkBegun();
  }

  #checkBegun(): void {
    const begun = new Set([COORDINATOR_CHAIN, ...this.#begun]);
    for (const chain of begun) if (!this.#chains.has(chain)) this.#fault({ chain, seq: null }, 'no_chain');
    for (const chain of this.#chains) if (!begun.has(chain)) this.#fault({ chain, seq: null }, 'not_begun');
  }

  #open(head: AuditHead): void {
    this.#section?.end();
    this.#chains.add(head.chain);
    this.#options.onHead?.(head);
    this.#section = new ChainSection(head, this.#options);
  }

  #takeEntry(entry: AuditEntry, text: string | null): void {
    this.#records += 1;
    const { chain, kind, data } = entry.record;
    if (entry.filed_as) this.#fault(entry.record, 'misfiled');
    if (this.#section?.chain !== chain) return this.#fault(entry.record, 'no_head');
    if (chain === COORDINATOR_CHAIN && kind === CHAIN_BEGUN) this.#takeBegun(data['chain']);
    this.#section.take(entry, text);
  }

  /** Retention says it again only with the record of it gone: who finds two, finds a chain in the place of another. */
  #takeBegun(chain: unknown): void {
    if (typeof chain !== 'string') return;
    if (this.#begun.has(chain)) this.#fault({ chain, seq: null }, 'begun_again');
    this.#begun.add(chain);
  }

  #fault({ chain, seq }: Pick<AuditFault, 'chain' | 'seq'>, fault: AuditFault['fault']): void {
    this.#options.onFault({ chain, seq, fault });
  }
}

/**
 * @returns with the canonical form of the record, and of the whole line. Who reads from another text than the one that was hashed reads something
 * else perhaps: of two members of one name, some take the first
 */
function readLine(given: string): { line: AuditLine; record: string; text: string } | undefined {
  try {
    const json = JSON.parse(given);
    const line = auditLineSchema.safeParse(json).data;
    if (!line || 'head' in line) return line && { line, record: '', text: given };
    const { record: whole, ...rest } = json;
    const record = canonicalJson(whole);
    return { line, record, text: `${canonicalJson(rest).slice(0, -1)},"record":${record}}` };
  } catch {
    return undefined;
  }
}
