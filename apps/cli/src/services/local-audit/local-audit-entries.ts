import { existsSync, readFileSync } from 'node:fs';
import { ServonautError } from '@servonaut/contracts';
import { readEntry, type LocalEntry } from '../../local-audit/audit-entry.ts';
import { allFiles, auditFolder } from '../../local-audit/audit-files.ts';

export interface EntryFilter {
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly tool?: string | undefined;
  readonly server?: string | undefined;
  readonly request?: string | undefined;
}

/** The last entries that fit, at most `count`, the oldest first. Whether they are as they were written is not asked here. */
export function lastEntries(stateDir: string, filter: EntryFilter, count: number): LocalEntry[] {
  const found: LocalEntry[] = [];
  for (const entry of newestFirst(auditFolder(stateDir), filter.since ?? -Infinity)) {
    if (fits(entry, filter)) found.push(entry);
    if (found.length >= count) break;
  }
  return found.reverse();
}

function fits({ record: { data, request_id } }: LocalEntry, { tool, server, request }: EntryFilter): boolean {
  if (tool !== undefined && data['tool'] !== tool) return false;
  if (server !== undefined && data['server'] !== server) return false;
  return request === undefined || request_id === request;
}

/**
 * Ends with a file that has none of them, and not with the first that is older: a clock may have been wrong for a while, which must not hide what stands
 * before that.
 */
function* newestFirst(folder: string, since: number): Generator<LocalEntry> {
  const files = allFiles(folder).filter((path) => existsSync(path));
  for (const path of files.reverse()) {
    let [all, late] = [0, 0];
    for (const line of readFileSync(path, 'utf8').split('\n').reverse()) {
      const entry = readEntry(line);
      if (!entry) continue;
      all += 1;
      if (Date.parse(entry.record.at) < since) continue;
      late += 1;
      yield entry;
    }
    if (all > 0 && late === 0) return;
  }
}

const AGO = /^(\d{1,6})([smhd])$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param text an instant, a date, or how long ago: `90m`, `7d`
 * @returns milliseconds since the epoch
 * @throws ServonautError `invalid_request`
 */
export function instantOf(text: string, now: number): number {
  const [, count, unit = ''] = AGO.exec(text) ?? [];
  const at = count === undefined ? Date.parse(text) : now - Number(count) * (UNIT_MS[unit] ?? 0);
  if (Number.isFinite(at)) return at;
  throw new ServonautError('invalid_request', {
    message: `"${text}" is no time.`,
    nextStep: 'Give an instant such as 2027-01-31T12:00:00Z, or how long ago: 90m, 24h, 7d.',
  });
}
