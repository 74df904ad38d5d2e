import { and, asc, desc, eq, gt, gte, lt, or, type SQL } from 'drizzle-orm';
import type { Database } from '../../platform/database/database.ts';
import { auditEvents, auditHeads } from '../../platform/database/schema.ts';
import type { AuditHead } from '@servonaut/contracts';
import type { AuditRow } from './audit-lines.ts';
import type { AuditTrail } from './audit-trail.ts';
import { headOfRow } from './head-row.ts';

/** Which records. What is not given does not narrow. */
export interface AuditFilter {
  readonly chain?: string | undefined;
  readonly kind?: string | undefined;
  /** Of whoever did it. */
  readonly actorId?: string | undefined;
  readonly requestId?: string | undefined;
  /** From this instant on. */
  readonly from?: Date | undefined;
  /** Before this instant. */
  readonly until?: Date | undefined;
}

/** The place of a record among all: when it happened, and then its place in its chain. */
export interface AuditCursor {
  readonly at: Date;
  readonly chain: string;
  readonly seq: number;
}

/** A record as it is found, and where the next page begins. */
export interface FoundRecord extends AuditRow {
  readonly at: Date;
}

/** Reads what has been recorded. Finds by the copies of members that stand beside each record; what it gives is the record itself. */
export class AuditQuery {
  readonly #database: Database;
  readonly #trail: Pick<AuditTrail, 'settle'>;

  /** @param trail has its turn first, so that whoever has done something finds it */
  constructor(database: Database, trail: Pick<AuditTrail, 'settle'>) {
    this.#database = database;
    this.#trail = trail;
  }

  /** The latest first. @param before where the page before this one ended */
  async page(filter: AuditFilter, { before, limit }: { before?: AuditCursor | undefined; limit: number }) {
    const { chain, seq, at } = auditEvents;
    await this.#trail.settle();
    return this.#rows(and(matching(filter), before && isBefore(before)), limit).orderBy(
      desc(at),
      desc(chain),
      desc(seq),
    );
  }

  /** All that match, the oldest first, a page in memory at a time. */
  async *all(filter: AuditFilter): AsyncGenerator<FoundRecord, void> {
    const { chain, seq, at } = auditEvents;
    await this.#trail.settle();
    for (let last: AuditCursor | undefined; ;) {
      const where = and(matching(filter), last && isAfter(last));
      const page = await this.#rows(where, PAGE).orderBy(asc(at), asc(chain), asc(seq));
      yield* page;
      last = page.at(-1);
      if (page.length < PAGE) return;
    }
  }

  /** What is of that kind in one chain, in the order of the chain. @param after the place in it where the page before this one ended */
  async ofKind(chain: string, kind: string, { after = 0, limit }: { after?: number | undefined; limit: number }) {
    await this.#trail.settle();
    const place = and(matching({ chain, kind }), gt(auditEvents.seq, after));
    return this.#rows(place, limit).orderBy(asc(auditEvents.seq));
  }

  /** By name. */
  async heads({ after = '', limit }: { after?: string | undefined; limit: number }): Promise<AuditHead[]> {
    await this.#trail.settle();
    const rows = await this.#database
      .select()
      .from(auditHeads)
      .where(gt(auditHeads.chain, after))
      .orderBy(asc(auditHeads.chain))
      .limit(limit);
    return rows.map(headOfRow);
  }

  /** Undefined for a chain in which there never was a record. */
  async head(chain: string): Promise<AuditHead | undefined> {
    await this.#trail.settle();
    const [row] = await this.#database.select().from(auditHeads).where(eq(auditHeads.chain, chain));
    return row && headOfRow(row);
  }

  #rows(where: SQL | undefined, limit: number) {
    const { chain, seq, at, body, hash } = auditEvents;
    return this.#database.select({ chain, seq, at, body, hash }).from(auditEvents).where(where).limit(limit);
  }
}

/** Rows that are in memory at once. */
const PAGE = 500;

function matching({ chain, kind, actorId, requestId, from, until }: AuditFilter): SQL | undefined {
  return and(
    chain === undefined ? undefined : eq(auditEvents.chain, chain),
    kind === undefined ? undefined : eq(auditEvents.kind, kind),
    actorId === undefined ? undefined : eq(auditEvents.actorId, actorId),
    requestId === undefined ? undefined : eq(auditEvents.requestId, requestId),
    from && gte(auditEvents.at, from),
    until && lt(auditEvents.at, until),
  );
}

function isBefore({ at, chain, seq }: AuditCursor): SQL | undefined {
  const { at: time, chain: name, seq: number } = auditEvents;
  return or(lt(time, at), and(eq(time, at), or(lt(name, chain), and(eq(name, chain), lt(number, seq)))));
}

function isAfter({ at, chain, seq }: AuditCursor): SQL | undefined {
  const { at: time, chain: name, seq: number } = auditEvents;
  return or(gt(time, at), and(eq(time, at), or(gt(name, chain), and(eq(name, chain), gt(number, seq)))));
}
