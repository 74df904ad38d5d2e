import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';

/** The address of a socket has 104 bytes where it has fewest, the last of them zero (unix(4) of macOS). */
const LONGEST_PATH = 103;

/** Where `connect` of a profile can be answered; elsewhere than in its state folder where that has a long path. */
export function deskPath(stateDir: string): string {
  const path = join(stateDir, 'approvals.sock');
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  const name = createHash('sha256').update(stateDir).digest('hex').slice(0, 24);
  return join(tmpdir(), `servonaut-${process.getuid?.() ?? 0}`, name);
}

/**
 * Whoever can put another socket at that place could approve in the operator's name, or show them something else.
 * @throws ServonautError `config_invalid` when the folder is not the operator's alone
 */
export function checkDeskFolder(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const isOurs = process.getuid === undefined || found.uid === process.getuid();
  if (found.isDirectory() && isOurs && (found.mode & 0o077) === 0) return;
  throw new ServonautError('config_invalid', {
    message: `${folder} is not a folder of yours alone, so that others could answer in your name.`,
    nextStep: `Make it yours, and run chmod 700 ${folder}.`,
  });
}
