/**
 * Text of somebody else's making, safe for a terminal: control and formatting characters could move the cursor, rewrite what is above or pose as
 * output of ours.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�');
}

/** Where a terminal does not tell how wide it is, or says 0. */
const COLUMNS = 80;
/** What begins a row that goes on with the line above it. */
const CONTINUES = '  ¦ ';

/**
 * The rows of a plain line, none wider than the terminal, each but the first with a mark: were it the terminal that begins them, a text could begin one
 * as it likes and pose as ours, and nobody would know how many rows it has.
 * @param columns how wide the terminal is; 0 where that is not known
 */
export function folded(line: string, columns: number): string[] {
  const rows: string[] = [];
  let [row, width] = ['', 0];
  for (const character of line) {
    const needs = columnsOf(character);
    if (width + needs > (columns || COLUMNS)) {
      const end = lastBlank(row);
      rows.push(row.slice(0, end));
      row = `${CONTINUES}${row.slice(end)}`;
      width = columnsOf(row);
    }
    row += character;
    width += needs;
  }
  return [...rows, row];
}

/** Behind the last blank of a row; its end where that would leave half of it empty. */
function lastBlank(row: string): number {
  const end = row.lastIndexOf(' ') + 1;
  return end > Math.max(row.length / 2, CONTINUES.length) ? end : row.length;
}

/** The columns that a text takes at most: some characters are two columns wide, and none is more. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += character > '~' ? 2 : 1;
  return columns;
}

/** As much of a plain line as fits, and a mark where something is left out. */
export function cut(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line;
  let [start, width] = ['', columnsOf('…')];
  for (const character of line) {
    width += columnsOf(character);
    if (width > columns) break;
    start += character;
  }
  return `${start}…`;
}

/** What tells characters that do not show, or look like others, from what they look like. */
export function strangeCharacters(text: string): string[] {
  const strange = new Set(text.match(/[^\n -~]/gu) ?? []);
  return [...strange].map((one) => `${plainText(one)} U+${codeOf(one)}`);
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

/** JSON that means the same and does not steer a terminal. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Rows as columns of equal width. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
