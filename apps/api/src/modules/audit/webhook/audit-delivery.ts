import { ServonautError } from '@servonaut/contracts';
import type { Database } from '../../../platform/database/database.ts';
import { entryLine, rowsOf, type AuditRow } from '../audit-lines.ts';
import type { AuditQuery } from '../audit-query.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** Most records in one message, and most characters of them, unless one is longer. */
const MOST_RECORDS = 100;
const MOST_LENGTH = 262_144;

interface Batch {
  readonly chain: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lines: readonly string[];
}

export interface AuditDeliveryParts {
  readonly database: Database;
  readonly query: AuditQuery;
  readonly store: DeliveryStore;
  readonly sender: Pick<WebhookSender, 'send'>;
}

/** Delivers the records of a chain in their order, each at least once: how far it is moves only after they were taken. */
export class AuditDelivery {
  readonly #parts: AuditDeliveryParts;

  constructor(parts: AuditDeliveryParts) {
    this.#parts = parts;
  }

  /**
   * The next records of the chain. One call at a time for a chain, or some are sent twice.
   * @returns whether there was anything to deliver
   * @throws Error when they were not taken
   */
  async deliverNext(chain: string): Promise<boolean> {
    const batch = await this.#next(chain);
    if (!batch) return false;
    await this.#send(batch);
    await this.#parts.store.advance(chain, batch.lastSeq);
    return true;
  }

  /** The next records stay where they are, with the dead letters, and the chain goes on after them. */
  async giveUpNext(chain: string, error: string): Promise<void> {
    const batch = await this.#next(chain);
    if (batch) await this.#parts.store.giveUp({ ...batch, error });
  }

  /** @throws ServonautError `not_found`; `conflict` when it was not taken again, or its records are gone */
  async resend(id: number): Promise<void> {
    const { chain, firstSeq, lastSeq } = await this.#parts.store.deadLetter(id);
    const batch = await this.#batch(chain, firstSeq - 1, lastSeq);
    if (batch?.firstSeq !== firstSeq)
      throw new ServonautError('conflict', { message: 'The records of this dead letter were removed by their time.' });
    // The bounds of a message may be narrower than they were: the rest goes with the next.
    for (let rest: Batch | undefined = batch; rest; rest = await this.#batch(chain, rest.lastSeq, lastSeq))
      await this.#send(rest).catch((error: Error) => {
        throw new ServonautError('conflict', { message: `It was not taken again: ${error.message}.`, cause: error });
      });
    await this.#parts.store.bury(id);
  }

  async #next(chain: string): Promise<Batch | undefined> {
    return this.#batch(chain, await this.#parts.store.position(chain), Number.MAX_SAFE_INTEGER);
  }

  async #batch(chain: string, after: number, until: number): Promise<Batch | undefined> {
    const rows: AuditRow[] = [];
    let length = 0;
    for await (const row of rowsOf(this.#parts.database, { chain, after, until, page: MOST_RECORDS })) {
      length += row.body.length;
      if (rows.length > 0 && (length > MOST_LENGTH || rows.length === MOST_RECORDS)) break;
      rows.push(row);
    }
    const [first] = rows;
    const last = rows.at(-1);
    return first && last && { chain, firstSeq: first.seq, lastSeq: last.seq, lines: rows.map(entryLine) };
  }

  /** The head goes along, so that whoever takes deliveries has one that nobody here can take back. */
  async #send({ chain, firstSeq, lastSeq, lines }: Batch): Promise<void> {
    const head = await this.#parts.query.head(chain);
    const timestamp = new Date().toISOString();
    const start = JSON.stringify({ type: 'audit.records', timestamp, data: { head } }).slice(0, -2);
    await this.#parts.sender.send(messageId(chain, firstSeq, lastSeq), `${start},"entries":[${lines.join(',')}]}}`);
  }
}

/** Without a dot, which the signature separates by. */
function messageId(chain: string, firstSeq: number, lastSeq: number): string {
  return `audit_${chain.replace(':', '-')}_${firstSeq}-${lastSeq}`;
}
