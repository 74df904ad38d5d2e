import { plainText, table } from './plain-text.ts';

/** Something that the coordinator has answered, as it came. */
export type Resource = Readonly<Record<string, unknown>>;

/** One line for each; columns are named as the members are. */
export function renderList(items: readonly Resource[], columns: readonly string[]): string {
  if (items.length === 0) return 'None.\n';
  const rows = items.map((item) => columns.map((column) => cellText(item[column])));
  return table([columns.map(headingText), ...rows]);
}

/** One line for each member. */
export function renderResource(resource: Resource): string {
  return table(Object.entries(resource).map(([name, value]) => [plainText(name), cellText(value)]));
}

/** What is another than it was. */
export function renderChanges(before: Resource, after: Resource): string {
  const changed = Object.keys(after).filter((name) => cellText(before[name]) !== cellText(after[name]));
  return changed.map((name) => `${plainText(name)}: ${cellText(before[name])} -> ${cellText(after[name])}\n`).join('');
}

function headingText(column: string): string {
  return column.toUpperCase().replaceAll('_', ' ');
}

/** Whatever it is and whoever wrote it. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return plainText(value.join(', ')) || '-';
  return plainText(typeof value === 'string' ? value : JSON.stringify(value));
}
