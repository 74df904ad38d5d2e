import type { AuditFault, AuditHead, ServonautError } from '@servonaut/contracts';
import { keptText } from '../services/audit/kept-head.ts';
import { plainText } from './plain-text.ts';
import { errorJson } from './render-error.ts';

/** Most faults that are shown; the rest are counted. */
const SHOWN_FAULTS = 100;

const WORDS: Readonly<Record<AuditFault['fault'], string>> = {
  missing: 'missing',
  changed: 'changed, or what stands before it is',
  moved: 'not at its place',
  cut_off: 'cut off, though it was counted',
  added: 'not counted by the head',
  other_end: 'not the last one that the head names',
  head_forged: 'the head is not signed by a key that is believed',
  rolled_back: 'not the record that was kept',
  no_head: 'not counted by any head',
  no_chain: 'the chain is not there, though it was begun',
  begun_again: 'the chain was begun a second time, so that the first is gone',
  not_begun: 'nothing says that the chain was begun, so that what did is gone',
  misfiled: 'filed under what it does not say, so that whoever looks for it may not find it',
  malformed: 'followed by what is no line of an audit',
};

/** What is wrong, in words. */
export function faultWords(fault: AuditFault['fault']): string {
  return `${WORDS[fault]} (${fault})`;
}

/** What a verification finds, as it finds it. */
export class VerificationView {
  readonly #json: boolean;
  readonly #write: (text: string) => void;
  readonly #chains: object[] = [];
  readonly #shown: AuditFault[] = [];
  #faults = 0;

  constructor(json: boolean, write: (text: string) => void) {
    this.#json = json;
    this.#write = write;
  }

  get faults(): number {
    return this.#faults;
  }

  head(head: AuditHead): void {
    const { chain, first_seq, seq, hash, at } = head;
    if (this.#json) this.#chains.push({ chain, first_seq, seq, hash, at });
    else this.#write(`${chain}: ${rangeText(first_seq, seq)}, head ${keptText(head)}\n`);
  }

  fault(fault: AuditFault): void {
    this.#faults += 1;
    if (this.#faults > SHOWN_FAULTS) return;
    if (this.#json) this.#shown.push(fault);
    else this.#write(`  ${faultText(fault)}\n`);
  }

  /** @param error why it is no proof */
  end({ chains, records }: { chains: number; records: number }, error: ServonautError | undefined): void {
    if (this.#json) {
      const found = { records, faults: this.#faults, complete: error?.code !== 'audit_incomplete' };
      const listed = { chains: this.#chains, found: this.#shown };
      return this.#write(`${JSON.stringify({ ...found, ...listed, ...(error && errorJson(error)) })}\n`);
    }
    if (this.#faults > SHOWN_FAULTS) this.#write(`  and ${this.#faults - SHOWN_FAULTS} more\n`);
    const whole = error ? '' : ': whole. Keep the heads, and give them with --expect-head the next time.';
    this.#write(`${counted(chains, 'chain')}, ${counted(records, 'record')}${whole}\n`);
  }
}

function rangeText(first: number, last: number): string {
  return last < first ? 'no records' : `records ${first} to ${last}`;
}

function faultText({ chain, seq, fault, until }: AuditFault): string {
  const place = seq === null ? '' : `, record ${seq}${until === undefined ? '' : ` to ${until}`}`;
  return `FAULT in ${plainText(chain) || 'the export'}${place}: ${faultWords(fault)}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
