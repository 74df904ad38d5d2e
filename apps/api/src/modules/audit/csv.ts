import { auditRecordSchema, type AuditRecord } from '@servonaut/contracts';
import type { AuditRow } from './audit-lines.ts';

/** The columns, and what stands in them. `record` is the whole, in canonical form. */
const COLUMNS: readonly (readonly [string, (record: AuditRecord, row: AuditRow) => unknown])[] = [
  ['chain', ({ chain }) => chain],
  ['seq', ({ seq }) => seq],
  ['at', ({ at }) => at],
  ['kind', ({ kind }) => kind],
  ['actor_kind', ({ actor }) => actor.kind],
  ['actor_id', ({ actor }) => actor.id],
  ['actor_label', ({ actor }) => actor.label],
  ['address', ({ actor }) => actor.address],
  ['request_id', ({ request_id }) => request_id],
  ['hash', (_, { hash }) => hash],
  ['record', (_, { body }) => body],
];

export function csvHeader(): string {
  return line(COLUMNS.map(([name]) => name));
}

/** A record that cannot be read any more, since somebody has changed it, has only its place, its hash and its text. */
export function csvRow(row: AuditRow): string {
  const record = readRecord(row.body);
  if (record) return line(COLUMNS.map(([, of]) => of(record, row)));
  const known: Record<string, unknown> = { chain: row.chain, seq: row.seq, hash: row.hash, record: row.body };
  return line(COLUMNS.map(([name]) => known[name]));
}

function readRecord(body: string): AuditRecord | undefined {
  try {
    return auditRecordSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

function line(fields: readonly unknown[]): string {
  return `${fields.map(field).join(',')}\r\n`;
}

/** What a spreadsheet would take for a formula. Agents choose labels and arguments, and an admin opens the file. */
const FORMULA = /^[=+\-@\t\r]/;

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
