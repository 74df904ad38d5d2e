import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { isAlive, thisProcess } from '../journal/process-identity.ts';

/** The address of a socket has 104 bytes where it has fewest, the last of them zero (unix(4) of macOS). */
const LONGEST_PATH = 103;

/** Room for who it is that listens beside `connect`, in a name: a pid, and when that began. */
const LONGEST_IDENTITY = 32;
const ENDING = '.sock';

/** Where `connect` of a profile can be answered; elsewhere than in its state folder where that has a long path. */
export function deskPath(stateDir: string): string {
  const path = join(stateDir, `approvals${ENDING}`);
  if (Buffer.byteLength(path) + LONGEST_IDENTITY <= LONGEST_PATH) return path;
  const name = createHash('sha256').update(stateDir).digest('hex').slice(0, 24);
  return join(tmpdir(), `servonaut-${process.getuid?.() ?? 0}`, `${name}${ENDING}`);
}

/** The same for this process, of which there may be others beside `connect`. */
export function ownDeskPath(stateDir: string): string {
  return `${stemOf(deskPath(stateDir))}${thisProcess().replace(' ', '-')}${ENDING}`;
}

/** Where all that are there can be answered. Those of processes that were killed are removed. */
export function deskPaths(stateDir: string): string[] {
  const path = deskPath(stateDir);
  checkDeskFolder(path);
  const stem = basename(stemOf(path));
  const others = readdirSync(dirname(path)).filter((name) => name.startsWith(stem) && name.endsWith(ENDING));
  const living = others.filter((name) => {
    if (isAlive(name.slice(stem.length, -ENDING.length).replace('-', ' '))) return true;
    rmSync(join(dirname(path), name), { force: true });
    return false;
  });
  return [path, ...living.map((name) => join(dirname(path), name))];
}

const stemOf = (path: string): string => `${path.slice(0, -ENDING.length)}-`;

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
