import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { allFiles, auditFolder, currentFile } from '../../local-audit/audit-files.ts';
import { ChainVerification } from '../../local-audit/chain-verification.ts';
import { failure, ok, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';
import { shortPath } from './short-path.ts';

const MIB = 1_048_576;

/** Undefined when it can be. */
function whyNotWritable(folder: string): string | undefined {
  const paths = [folder, currentFile(folder)].filter((path) => existsSync(path));
  for (const path of paths)
    try {
      if (path !== folder && !statSync(path).isFile()) return `${shortPath(path)} is no file.`;
      accessSync(path, constants.W_OK);
    } catch (error) {
      return `${shortPath(path)} cannot be written: ${(error as Error).message}.`;
    }
  return undefined;
}

/** The last two files, as the current one may have only begun. What is missing before them is not looked for. */
function faultsAtTheEnd(files: readonly string[]): number {
  const chain = new ChainVerification();
  for (const path of files.slice(-2)) for (const line of readFileSync(path, 'utf8').split('\n')) chain.take(line);
  const start = chain.firstSeq;
  chain.end();
  return chain.faults.filter(({ until }) => until === undefined || until >= start).length;
}

/** Whether calls can be recorded, without which none is run, and whether the end of what was recorded is whole. */
export function auditCheck({ session }: Pick<Patient, 'session'>): Seen[] {
  const folder = auditFolder(session.paths.stateDir);
  const fault = whyNotWritable(folder);
  if (fault !== undefined)
    return [failure(`${fault} Nothing is run.`, 'Make it yours, or its disk writable; or move what is there away.')];
  const files = allFiles(folder).filter((path) => existsSync(path));
  if (faultsAtTheEnd(files) > 0)
    return [failure('Its end is not as it was written.', 'Run "servonaut audit verify", and find out who changed it.')];
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  return [ok(`It can be written, its end is whole, and it has ${Math.ceil(bytes / MIB)} MiB.`)];
}
