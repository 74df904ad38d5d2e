import { z } from 'zod';

/** Most fields that one part of a combination names. */
const FIELDS = 16;
/** Most fields that decide about the order. */
const ORDERS = 4;
/** Most rows that a combination may ask to be shown. */
const MOST_ROWS = 1_000;

const fieldSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'expected the name of a field');
const fieldsSchema = z.array(fieldSchema).max(FIELDS);

/**
 * How the `data` of many servers becomes one table. It is data and no code: a coordinator combines what executors that it does not trust have told it
 * to, and what it costs is bounded whatever this says.
 */
export const combinationSchema = z.object({
  /** Field of `data` that holds an array of rows. Without it, `data` itself is one row for each server. */
  rows: fieldSchema.optional(),
  /** Rows with the same value here, of up to 4,000 characters, become one, which has `servers`. Without it rows stay apart, and each has `server`. */
  key: fieldSchema.optional(),
  /** Whether a key with `<*>` for some of its words, but at most half of them, takes in keys that have any other words there; up to 64 words. */
  similar: z.boolean().optional(),
  /** Fields of rows that become one: added up, the least, the greatest, and that of the first row that has it. All others are left out of it. */
  sum: fieldsSchema.optional(),
  /** Of instants, all have to be written alike (RFC 3339 in UTC, as `toISOString` does): texts are compared letter by letter. */
  least: fieldsSchema.optional(),
  greatest: fieldsSchema.optional(),
  first: fieldsSchema.optional(),
  /** By these fields, one after the other, then as the servers stand; `server` is a field too, and `servers` how many they are. What a row lacks comes last. */
  order: z.array(z.object({ by: fieldSchema, direction: z.enum(['ascending', 'descending']) })).max(ORDERS),
  /** Fields that the table shows. `server` comes before them and `servers` after them, where they are not among them. */
  columns: fieldsSchema.min(1),
  /** Most rows that are shown; 50 unless it says otherwise. */
  most: z.int().min(1).max(MOST_ROWS).optional(),
});
export type Combination = z.infer<typeof combinationSchema>;

/** What many servers have answered, as one. */
export const combinedAnswerSchema = z.object({
  /** Of one server each, with `server`; or of several, with `servers`: the first 20 of them, and `servers_total` where they are more. */
  rows: z.array(z.record(z.string(), z.unknown())),
  /** How many further rows there are. */
  left_out: z.int().min(0),
});
export type CombinedAnswer = z.infer<typeof combinedAnswerSchema>;
