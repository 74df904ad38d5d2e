import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';

const MOST_LISTED = 200;
const DEFAULT_LISTED = 50;

/** Part of the query of each list. */
export const pageFields = {
  /** From the answer before. */
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(DEFAULT_LISTED),
};

/** Part of each answer that is a page: the cursor for the page after this one; null when there is none. */
export const nextCursorSchema = z.string().nullable();

/** The place of the last thing of a page, as text. Not secret: whoever makes one up sees no more than by filters. */
export class PageCursor<Schema extends z.ZodType> {
  readonly #schema: Schema;

  /** @param schema of the place: of what the list is sorted by, and what is unique last */
  constructor(schema: Schema) {
    this.#schema = schema;
  }

  write(place: z.input<Schema>): string {
    return Buffer.from(JSON.stringify(place)).toString('base64url');
  }

  /** @throws ServonautError `invalid_request` */
  read(text: string): z.output<Schema> {
    try {
      return this.#schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    } catch (cause) {
      throw new ServonautError('invalid_request', { message: 'cursor: expected one that was given out', cause });
    }
  }
}

/**
 * One page of rows of which one more than `limit` were asked for.
 * @returns the rows, and the last of them when there are more
 */
export function pageOf<Row>(rows: readonly Row[], limit: number): { page: readonly Row[]; last: Row | undefined } {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? page.at(-1) : undefined };
}

const latest = new PageCursor(z.tuple([z.iso.datetime(), z.string().max(128)]));

/** One page of few things, all of which are at hand: the latest first. */
export function pageOfLatest<Thing extends { readonly createdAt: Date; readonly id: string }>(
  things: readonly Thing[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): { page: readonly Thing[]; next_cursor: string | null } {
  const place = (thing: Thing): [string, string] => [thing.createdAt.toISOString(), thing.id];
  const sorted = things.toSorted((one, other) => compare(place(other), place(one)));
  const behind = cursor === undefined ? undefined : latest.read(cursor);
  const rest = behind === undefined ? sorted : sorted.filter((thing) => compare(place(thing), behind) < 0);
  const { page, last } = pageOf(rest, limit);
  return { page, next_cursor: last ? latest.write(place(last)) : null };
}

function compare([at, id]: readonly [string, string], [otherAt, otherId]: readonly [string, string]): number {
  if (at === otherAt) return id < otherId ? -1 : Number(id > otherId);
  return at < otherAt ? -1 : 1;
}
