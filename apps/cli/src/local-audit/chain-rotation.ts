import { renameSync, rmSync, statSync } from 'node:fs';
import { CHAIN_TRIMMED, type TrimRecord } from './audit-entry.ts';
import { currentFile, fullFiles, numberedFile } from './audit-files.ts';
import type { AuditSettings } from './audit-settings.ts';
import { lastEntryOf } from './chain-end.ts';

export const DAY_MS = 86_400_000;
export const MIB = 1_048_576;

/** The current file gets a number; another one takes its place when it is opened. */
export function moveAside(folder: string): void {
  renameSync(currentFile(folder), numberedFile(folder, (fullFiles(folder).at(-1) ?? 0) + 1));
}

export interface Trimmed {
  readonly kind: typeof CHAIN_TRIMMED;
  readonly data: TrimRecord;
}

type KeepSettings = Pick<AuditSettings, 'audit_keep_mib' | 'audit_keep_days'>;

/**
 * Removes full files that are too old or too many, from the oldest on. That is recorded of each before it goes, so that a kill leaves too much
 * rather than a chain whose start nothing explains. How old a file is, its last entry says: the time of a file is whatever somebody has made it.
 * @param now milliseconds since the epoch
 */
export function removeOld(
  folder: string,
  settings: KeepSettings,
  now: number,
  record: (trimmed: Trimmed) => void,
): void {
  const { audit_keep_mib: keep_mib, audit_keep_days: keep_days } = settings;
  const files = fullFiles(folder).map((number) => sizedFile(numberedFile(folder, number)));
  let tooMuch = files.reduce((sum, { size }) => sum + size, 0) - keep_mib * MIB;
  for (const { path, size: removed_bytes } of files) {
    const last = lastEntryOf(path);
    if (last && tooMuch <= 0 && Date.parse(last.at) >= now - keep_days * DAY_MS) return;
    const went = { removed_bytes, keep_mib, keep_days };
    if (last) record({ kind: CHAIN_TRIMMED, data: { first_seq: last.seq + 1, first_prev: last.hash, ...went } });
    rmSync(path, { force: true });
    tooMuch -= removed_bytes;
  }
}

function sizedFile(path: string): { readonly path: string; readonly size: number } {
  return { path, size: statSync(path).size };
}
