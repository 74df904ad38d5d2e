import type { Combination } from './combination.ts';

/** Characters of a text that decide where it stands. */
const COMPARED_LENGTH = 256;

type Order = Combination['order'];
type Orderable = { readonly valueOf: (field: string) => unknown };

/** Numbers and truth values before texts. Anything else is not compared. */
function compareValues(one: unknown, other: unknown): number {
  const [a, b] = [comparable(one), comparable(other)];
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === typeof b) return a < b ? -1 : Number(a > b);
  return typeof a === 'number' ? -1 : 1;
}

/** Undefined when none of them can be compared. */
export function extremes(values: readonly unknown[]): { readonly least: unknown; readonly greatest: unknown } {
  let [least, greatest]: unknown[] = [];
  for (const value of values) {
    if (comparable(value) === undefined) continue;
    if (least === undefined || compareValues(value, least) < 0) least = value;
    if (greatest === undefined || compareValues(value, greatest) > 0) greatest = value;
  }
  return { least, greatest };
}

/** Rows that lack a field come last by it, in either direction; those that are equal stay as they are. */
export function inOrder<Row extends Orderable>(rows: readonly Row[], order: Order): Row[] {
  const keyed = rows.map((row) => ({ row, values: order.map(({ by }) => comparable(row.valueOf(by))) }));
  keyed.sort((one, other) => {
    for (const [at, { direction }] of order.entries()) {
      const [a, b] = [one.values[at], other.values[at]];
      const compared = compareValues(a, b);
      if (compared !== 0)
        return a !== undefined && b !== undefined && direction === 'descending' ? -compared : compared;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

function comparable(value: unknown): number | string | undefined {
  if (typeof value === 'string') return value.slice(0, COMPARED_LENGTH);
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : undefined;
}
