import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NUMBERED = /^audit\.(\d{6,15})\.jsonl$/;

/** The folder that holds the audit of a profile, and nothing else. */
export function auditFolder(stateDir: string): string {
  return join(stateDir, 'audit');
}

/** The file to which entries go. */
export function currentFile(folder: string): string {
  return join(folder, 'audit.jsonl');
}

export function numberedFile(folder: string, number: number): string {
  return join(folder, `audit.${String(number).padStart(6, '0')}.jsonl`);
}

/** Numbers of the files that are full, the oldest first; none where there is no folder. */
export function fullFiles(folder: string): number[] {
  const numbers = namesIn(folder).flatMap((name) => NUMBERED.exec(name)?.[1] ?? []);
  return numbers.map(Number).sort((a, b) => a - b);
}

/** Paths of all files, the oldest first. The last need not be there. */
export function allFiles(folder: string): string[] {
  return [...fullFiles(folder).map((number) => numberedFile(folder, number)), currentFile(folder)];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
