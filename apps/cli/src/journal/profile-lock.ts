import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { isAlive, thisProcess } from './process-identity.ts';

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Creates `lock` with the content of `claim`, whole, or not at all. */
function tryLink(claim: string, lock: string): boolean {
  try {
    linkSync(claim, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes the lock of a dead process out of the way. Two processes may find the same dead one: whoever renames second would take away the first
 * one's new lock, sees that by its content, and puts it back.
 */
function removeStale(lock: string, claim: string, stale: string): void {
  const aside = `${claim}.stale`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== stale) tryLink(aside, lock);
  rmSync(aside, { force: true });
}

function acquire(lock: string, claim: string): void {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (tryLink(claim, lock)) return;
    const holder = readIfThere(lock);
    if (holder === undefined) continue;
    if (isAlive(holder)) break;
    removeStale(lock, claim, holder);
  }
  throw new ServonautError('already_running', { facts: { pid: Number.parseInt(readIfThere(lock) ?? '', 10) || null } });
}

/**
 * Makes this process the only executor of the profile. Returns the way to give that up.
 * @throws ServonautError `already_running` when another living process has it
 */
export function lockProfile(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const lock = join(stateDir, 'lock');
  const claim = `${lock}.${process.pid}`;
  const self = thisProcess();
  writeFileSync(claim, self, { mode: 0o600 });
  // One that a killed process of this pid has left keeps its own mode.
  chmodSync(claim, 0o600);
  try {
    acquire(lock, claim);
  } finally {
    rmSync(claim, { force: true });
  }
  return () => {
    if (readIfThere(lock) === self) rmSync(lock, { force: true });
  };
}

/** Pid of the living process that has the profile's lock, or null. */
export function lockHolder(stateDir: string): number | null {
  const holder = readIfThere(join(stateDir, 'lock'));
  return holder !== undefined && isAlive(holder) ? Number.parseInt(holder, 10) : null;
}
