import { renameSync, rmSync, statSync } from 'node:fs';
import { CHAIN_TRIMMED } from './audit-entry.ts';
import { currentFile, fullFiles, numberedFile } from './audit-files.ts';
import type { AuditSettings } from './audit-settings.ts';
import { lastEntryOf } from './chain-end.ts';

const DAY_MS = 86_400_000;
const MIB = 1_048_576;

/** The current file gets a number; another one takes its place when it is opened. */
export function moveAside(folder: string): void {
  renameSync(currentFile(folder), numberedFile(folder, (fullFiles(folder).at(-1) ?? 0) + 1));
}

export interface Trimmed {
  readonly kind: typeof CHAIN_TRIMMED;
  readonly data: { readonly first_seq: number; readonly first_prev: string };
}

/**
 * Removes full files that are too old or too many, from the oldest on. That is recorded of each before it goes, so that a kill leaves too much
 * rather than a chain whose start nothing explains.
 * @param now milliseconds since the epoch
 */
export function removeOld(
  folder: string,
  settings: Pick<AuditSettings, 'audit_keep_mib' | 'audit_keep_days'>,
  now: number,
  record: (trimmed: Trimmed) => void,
): void {
  for (const path of oldFiles(folder, settings, now)) {
    const last = lastEntryOf(path);
    if (last) record({ kind: CHAIN_TRIMMED, data: { first_seq: last.seq + 1, first_prev: last.hash } });
    rmSync(path, { force: true });
  }
}

function oldFiles(
  folder: string,
  { audit_keep_mib, audit_keep_days }: Pick<AuditSettings, 'audit_keep_mib' | 'audit_keep_days'>,
  now: number,
): string[] {
  const files = fullFiles(folder).map((number) => {
    const path = numberedFile(folder, number);
    const { size, mtimeMs } = statSync(path);
    return { path, size, mtimeMs };
  });
  const goBefore = now - audit_keep_days * DAY_MS;
  let tooMuch = files.reduce((sum, { size }) => sum + size, 0) - audit_keep_mib * MIB;
  let count = 0;
  for (const { size, mtimeMs } of files) {
    if (tooMuch <= 0 && mtimeMs >= goBefore) break;
    tooMuch -= size;
    count += 1;
  }
  return files.slice(0, count).map(({ path }) => path);
}
