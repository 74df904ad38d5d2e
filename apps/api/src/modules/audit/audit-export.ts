import { COORDINATOR_CHAIN, ServonautError, type AuditHead } from '@servonaut/contracts';
import type { Database } from '../../platform/database/database.ts';
import { chainsBegun } from './chains-begun.ts';
import { entryLine, filedEntryLine, headLine, rowsOf, type AuditRow } from './audit-lines.ts';
import type { AuditFilter, AuditQuery } from './audit-query.ts';
import { csvHeader, csvRow } from './csv.ts';
import { chainsWithoutHead, uncountedRows } from './uncounted-rows.ts';

/** Heads that are in memory at once. */
const HEADS = 200;

/** Gives out records in bulk, with one page of them in memory. */
export class AuditExport {
  readonly #database: Database;
  readonly #query: AuditQuery;

  constructor(database: Database, query: AuditQuery) {
    this.#database = database;
    this.#query = query;
  }

  /**
   * What a verifier takes: whole chains, each under its head, and after it what stands outside of what the head counts (docs/protocol/audit.md).
   * @param chain one of them, or all, then with the records of chains whose head is gone
   * @throws ServonautError `conflict` when a chain is cut by its retention meanwhile: what was given until then would not verify
   */
  async *chains(chain?: string): AsyncGenerator<string, void> {
    for await (const head of this.#heads(chain)) {
      yield `${headLine(head)}\n`;
      const rows = rowsOf(this.#database, { chain: head.chain, after: head.first_seq - 1, until: head.seq });
      for await (const row of rows) yield `${filedEntryLine(row)}\n`;
      await this.#checkFirst(head);
      yield* this.#uncounted(head.chain);
    }
    const headless = await chainsWithoutHead(this.#database);
    for (const each of headless) if (each === (chain ?? each)) yield* this.#uncounted(each);
  }

  /** What matches, as lines without heads: some of a chain proves nothing of the rest. */
  async *lines(filter: AuditFilter): AsyncGenerator<string, void> {
    for await (const row of this.#query.all(filter)) yield `${entryLine(row)}\n`;
  }

  /** What matches, as CSV (RFC 4180). */
  async *csv(filter: AuditFilter): AsyncGenerator<string, void> {
    yield csvHeader();
    for await (const row of this.#query.all(filter)) yield csvRow(row satisfies AuditRow);
  }

  async *#uncounted(chain: string): AsyncGenerator<string, void> {
    for await (const row of uncountedRows(this.#database, chain)) yield `${filedEntryLine(row)}\n`;
  }

  async *#heads(chain: string | undefined): AsyncGenerator<AuditHead, void> {
    if (chain !== undefined) {
      const head = await this.#query.head(chain);
      if (head) yield head;
      return;
    }
    let until: number | undefined;
    for (let after = ''; ;) {
      const page = await this.#query.heads({ after, limit: HEADS });
      until ??= page.find((head) => head.chain === COORDINATOR_CHAIN)?.seq;
      // What stands under the first head does not tell that they were begun.
      const begunSince = until === undefined ? null : await chainsBegun(this.#database, until);
      yield* page.filter((head) => !begunSince?.has(head.chain));
      after = page.at(-1)?.chain ?? after;
      if (page.length < HEADS) return;
    }
  }

  async #checkFirst({ chain, first_seq: firstSeq }: AuditHead): Promise<void> {
    const now = await this.#query.head(chain);
    if (now?.first_seq === firstSeq) return;
    throw new ServonautError('conflict', { message: `The oldest records of ${chain} were removed meanwhile.` });
  }
}
