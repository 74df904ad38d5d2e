import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Database } from '../../../platform/database/database.ts';
import { entryLine, rowsOf, type AuditRow } from '../audit-lines.ts';
import type { AuditQuery } from '../audit-query.ts';
import { hasLink } from '../chain-link.ts';
import type { DeliveryPosition, DeliveryStore } from './delivery-store.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** Most records in one message, and most characters of them, unless one is longer. */
const MOST_RECORDS = 100;
const MOST_LENGTH = 262_144;

interface Batch {
  readonly chain: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Of the last. */
  readonly hash: string;
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
  readonly #logger = new Logger('AuditWebhook');

  constructor(parts: AuditDeliveryParts) {
    this.#parts = parts;
  }

  /**
   * The next records of the chain, the same at each try. One call at a time for a chain, or some are sent twice.
   * @param signal aborts it
   * @returns whether there was anything to deliver
   * @throws Error when they were not taken
   */
  async deliverNext(chain: string, signal?: AbortSignal): Promise<boolean> {
    const batch = await this.#next(chain);
    if (!batch) return false;
    await this.#send(batch, signal);
    await this.#parts.store.advance(chain, { seq: batch.lastSeq, hash: batch.hash });
    return true;
  }

  /** The records that were tried stay where they are, with the dead letters, and the chain goes on after them. */
  async giveUpNext(chain: string, error: string): Promise<void> {
    const batch = await this.#next(chain);
    if (!batch) return;
    const { firstSeq, lastSeq, hash } = batch;
    await this.#parts.store.giveUp({ chain, firstSeq, lastSeq, hash, error });
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
    const { store } = this.#parts;
    const { seq, tryingUntil } = await this.#position(chain);
    const tried = tryingUntil === null ? undefined : await this.#batch(chain, seq, tryingUntil);
    if (tried) return tried;
    const batch = await this.#batch(chain, seq, Number.MAX_SAFE_INTEGER);
    if (batch) await store.startTrying(chain, batch.lastSeq);
    return batch;
  }

  /** From where the chain goes on; from its start, when it is not the one any more that was delivered until now. */
  async #position(chain: string): Promise<DeliveryPosition> {
    const { database, query, store } = this.#parts;
    const [position, head] = [await store.position(chain), await query.head(chain)];
    const { seq, hash } = position;
    if (!head || (hash === null ? seq <= head.seq : await hasLink(database, head, { seq, hash }))) return position;
    this.#logger.error(`the audit chain ${chain} is not the one whose record ${seq} was delivered: it is sent anew`);
    await store.startAnew(chain);
    return store.position(chain);
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
    return (
      first &&
      last && {
        chain,
        firstSeq: first.seq,
        lastSeq: last.seq,
        hash: last.hash,
        lines: rows.map((row) => entryLine(row)),
      }
    );
  }

  /** The head goes along, so that whoever takes deliveries has one that nobody here can take back. */
  async #send({ chain, firstSeq, lastSeq, lines }: Batch, signal?: AbortSignal): Promise<void> {
    const head = await this.#parts.query.head(chain);
    const timestamp = new Date().toISOString();
    const start = JSON.stringify({ type: 'audit.records', timestamp, data: { head } }).slice(0, -2);
    const id = messageId(chain, firstSeq, lastSeq);
    await this.#parts.sender.send(id, `${start},"entries":[${lines.join(',')}]}}`, signal);
  }
}

/** Without a dot, which the signature separates by. */
function messageId(chain: string, firstSeq: number, lastSeq: number): string {
  return `audit_${chain.replace(':', '-')}_${firstSeq}-${lastSeq}`;
}
