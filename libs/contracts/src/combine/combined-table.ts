import { cleanText } from './clean-value.ts';
import type { Combination, CombinedAnswer } from './combination.ts';

/** Longest cell, in characters. */
const CELL_LENGTH = 160;
/** Columns are as wide as their widest cell, and no wider than this: what is longer pushes the rest of its row, and not of all rows. */
const COLUMN_WIDTH = 40;
/** Most servers that a cell names. */
const SERVERS_NAMED = 3;

type Row = CombinedAnswer['rows'][number];

/**
 * The combined answer as text.
 * @param servers how many have answered
 * @param length most characters
 */
export function combinedTable(
  combination: Combination,
  { rows, left_out: unseen }: CombinedAnswer,
  { servers, length }: { readonly servers: number; readonly length: number },
): string {
  if (rows.length === 0) return unseen === 0 ? 'No rows.' : leftOut(unseen);
  const columns = columnsOf(combination);
  const cells = rows.map((row) => columns.map((column) => cellText(row, column, servers)));
  const numeric = columns.map((column) => hasNumbers(rows, column));
  const [names = '', ...lines] = aligned([columns, ...cells], numeric);
  const shown = fitting(lines, length - names.length);
  const left = unseen + lines.length - shown.length;
  return [names, ...shown, ...(left > 0 ? [leftOut(left)] : [])].join('\n');
}

function leftOut(count: number): string {
  return `[${count} more ${count === 1 ? 'row is' : 'rows are'} left out; narrow the call to see more]`;
}

function columnsOf({ key, columns }: Combination): string[] {
  const source = key === undefined ? 'server' : 'servers';
  if (columns.includes(source)) return columns;
  return key === undefined ? [source, ...columns] : [...columns, source];
}

function hasNumbers(rows: readonly Row[], column: string): boolean {
  return rows.every((row) => row[column] === undefined || row[column] === null || typeof row[column] === 'number');
}

function cellText(row: Row, column: string, servers: number): string {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  const text = column === 'servers' && Array.isArray(value) ? serversText(row, value, servers) : valueText(value);
  const onOneLine = text
    .slice(0, 2 * CELL_LENGTH)
    .replace(/\s+/g, ' ')
    .trim();
  return cleanText(onOneLine, CELL_LENGTH) || '-';
}

function serversText({ servers_total: total }: Row, names: readonly unknown[], servers: number): string {
  const count = typeof total === 'number' ? total : names.length;
  if (count > 1 && count === servers) return `all ${count}`;
  const named = names.slice(0, SERVERS_NAMED).join(', ');
  return count > SERVERS_NAMED ? `${named} and ${count - SERVERS_NAMED} more` : named;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Numbers to the right, all else to the left. */
function aligned(rows: readonly (readonly string[])[], isNumeric: readonly boolean[]): string[] {
  const widths = isNumeric.map((_, column) =>
    Math.min(COLUMN_WIDTH, Math.max(...rows.map((row) => row[column]?.length ?? 0))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function fitting(lines: readonly string[], length: number): readonly string[] {
  let left = length;
  for (const [at, line] of lines.entries()) {
    left -= line.length + 1;
    if (left < 0) return lines.slice(0, at);
  }
  return lines;
}
