/** Columns are as wide as their widest cell, and no wider than this: what is longer pushes the rest of its row, and not of all rows. */
const COLUMN_WIDTH = 40;

type Row = Readonly<Record<string, unknown>>;

/**
 * Rows of a tool's `data` as its text: a line of names, then one for each, numbers to the right. What a row lacks is `-`.
 * @param leftOut how many more there are: the last line says so, and what to do about it
 */
export function dataTable<Fields extends Row>(
  rows: readonly Fields[],
  columns: readonly (keyof Fields & string)[],
  leftOut = 0,
): string {
  const numeric = columns.map((column) => rows.every((row) => isNumeric(row[column])));
  const cells = [columns, ...rows.map((row) => columns.map((column) => cellText(row[column])))];
  const widths = columns.map((_, at) => Math.min(COLUMN_WIDTH, Math.max(...cells.map((row) => row[at]?.length ?? 0))));
  const lines = cells.map((row) =>
    row
      .map((cell, at) => (numeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...(leftOut > 0 ? [`[${leftOut} more left out; raise most or narrow the call]`] : [])].join('\n');
}

function isNumeric(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'number';
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '-';
  const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value);
  return text.replace(/\s+/g, ' ').trim() || '-';
}
