import { cleanValue } from './clean-value.ts';
import type { Combination, CombinedAnswer } from './combination.ts';
import { extremes, inOrder } from './row-order.ts';
import { coveringKeys } from './covering-keys.ts';

/** Most rows of all servers that are looked at, an equal share of each. Others wait while rows are put in order. */
const ROWS_READ = 10_000;
/** Rows that are shown where the tool does not say how many. */
const ROWS_SHOWN = 50;
/**
 * Longest key, in characters; a row with a longer one stays apart. Of strings of over 16,383 characters V8 takes the length for their hash, so that looking
 * one up among thousands of a length compares it with all of them.
 */
const KEY_LENGTH = 4_000;
/** Most servers of one row that are named. */
const SERVERS_NAMED = 20;

/** What a tool has answered on one server. */
export interface CombinedSource {
  readonly server: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Row = Readonly<Record<string, unknown>>;

/** A row as its server has sent it. */
interface SentRow {
  readonly server: string;
  readonly row: Row;
}

/** One that may be of several servers. */
interface JoinedRow {
  readonly servers: readonly string[];
  readonly row: Row;
}

/**
 * Puts the answers of many servers together. What it costs grows with what was sent and no faster, but for the ordering of a bounded number of rows,
 * whatever the combination and the rows are; texts of the result have no control characters and are no longer than a paragraph.
 * @param length most characters of JSON that the rows may have in all
 */
export function combineAnswers(
  combination: Combination,
  sources: readonly CombinedSource[],
  length = Infinity,
): CombinedAnswer {
  const { key, order, most = ROWS_SHOWN } = combination;
  const share = Math.max(1, Math.floor(ROWS_READ / Math.max(1, sources.length)));
  const sent = sources.flatMap((source) => sentRows(source, combination, share));
  const unread = sources.reduce((count, { data }) => count + Math.max(0, rowsOf(data, combination).length - share), 0);
  const all = key === undefined ? sent.map(alone) : joinedRows(sent, key, combination);
  const rows = fitting(inOrder(all.map(withSource), order), most, length, key !== undefined);
  return { rows, left_out: all.length - rows.length + unread };
}

function sentRows({ server, data }: CombinedSource, combination: Combination, share: number): SentRow[] {
  return rowsOf(data, combination)
    .slice(0, share)
    .filter(isRow)
    .map((row) => ({ server, row }));
}

function rowsOf(data: Row, { rows }: Combination): readonly unknown[] {
  if (rows === undefined) return [data];
  const listed = fieldOf(data, rows);
  return Array.isArray(listed) ? listed : [];
}

const alone = ({ server, row }: SentRow): JoinedRow => ({ servers: [server], row });

function joinedRows(sent: readonly SentRow[], key: string, combination: Combination): JoinedRow[] {
  const keyed = sent.map((one) => ({ one, text: keyText(fieldOf(one.row, key)) }));
  const texts = new Set(keyed.flatMap(({ text }) => (typeof text === 'string' ? text : [])));
  const covering: ReadonlyMap<unknown, string> = combination.similar ? coveringKeys(texts) : new Map();
  const groups = Map.groupBy(keyed, ({ text }) => covering.get(text) ?? text);
  return [...groups].map(([text, group]) => {
    const shown = group.find((one) => one.text === text)?.one.row;
    const parts = group.map(({ one }) => one);
    return joined(parts, combination, [key, shown && fieldOf(shown, key)]);
  });
}

/** Equal for rows that are to become one; a symbol of its own for a row that stays apart. */
function keyText(value: unknown): string | symbol {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= KEY_LENGTH ? text : Symbol('apart');
}

function joined(
  parts: readonly SentRow[],
  { sum = [], least = [], greatest = [], first = [] }: Combination,
  key: [string, unknown],
): JoinedRow {
  const values = (field: string): unknown[] =>
    parts.map(({ row }) => fieldOf(row, field)).filter((value) => value !== undefined && value !== null);
  const fields = [
    ...first.map((field) => [field, values(field)[0]] as const),
    ...least.map((field) => [field, extremes(values(field)).least] as const),
    ...greatest.map((field) => [field, extremes(values(field)).greatest] as const),
    ...sum.map((field) => [field, total(values(field))] as const),
    key,
  ];
  const row = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  return { servers: [...new Set(parts.map(({ server }) => server))], row };
}

/** Of what is a number; as JSON has no infinite ones, no more than the greatest. */
function total(values: readonly unknown[]): number | undefined {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((so, number) => so + number, 0);
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));
}

/** As the order sees it: what a server calls `server` is not that. */
function withSource(one: JoinedRow): JoinedRow & { readonly valueOf: (field: string) => unknown } {
  const { servers, row } = one;
  const source: Readonly<Record<string, unknown>> = { server: servers[0], servers: servers.length };
  return { ...one, valueOf: (field) => fieldOf(source, field) ?? fieldOf(row, field) };
}

function fitting(ordered: readonly JoinedRow[], most: number, length: number, isKeyed: boolean): Row[] {
  const rows: Row[] = [];
  let left = length;
  for (const one of ordered.slice(0, most)) {
    const row = shownRow(one, isKeyed);
    const needed = JSON.stringify(row).length;
    // One that has no room does not keep out those behind it: else one server could hide all others.
    if (needed > left) continue;
    left -= needed;
    rows.push(row);
  }
  return rows;
}

function shownRow({ servers, row }: JoinedRow, isKeyed: boolean): Row {
  const { server: _one, servers: _several, servers_total: _total, ...fields } = cleanValue(row) as Row;
  if (!isKeyed) return { server: servers[0], ...fields };
  const isLong = servers.length > SERVERS_NAMED;
  return { ...fields, servers: servers.slice(0, SERVERS_NAMED), ...(isLong && { servers_total: servers.length }) };
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Never what every object has, such as `constructor`. */
function fieldOf(row: Row, field: string): unknown {
  return Object.hasOwn(row, field) ? row[field] : undefined;
}

/** What is left of the data of one server when its rows are in the combined answer; undefined when that is nothing. */
export function withoutRows(data: Row, { rows }: Combination): Row | undefined {
  if (rows === undefined) return undefined;
  const rest = Object.entries(data).filter(([field]) => field !== rows);
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
