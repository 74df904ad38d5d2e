import { chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, thisProcess } from './process-identity.ts';

/** What has come of one try: the way to give the lock up, or the identity of the living process that has it (empty: it was just given up). */
export type LockTry = { readonly release: () => void } | { readonly heldBy: string };

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

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

/** Whether this process has it now; otherwise who has. */
function acquire(lock: string, claim: string): true | string {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (tryLink(claim, lock)) return true;
    const holder = readIfThere(lock);
    if (holder === undefined) continue;
    if (isAlive(holder)) return holder;
    removeStale(lock, claim, holder);
  }
  return readIfThere(lock) ?? '';
}

/**
 * Makes this process the only holder of a lock, unless a living one is. A dead holder's lock is taken over.
 * @param lock path of a file in a folder that is there
 */
export function tryLock(lock: string): LockTry {
  const claim = `${lock}.${process.pid}`;
  const self = thisProcess();
  try {
    writeFileSync(claim, self, { mode: 0o600 });
    // One that a killed process of this pid has left keeps its own mode.
    chmodSync(claim, 0o600);
    const taken = acquire(lock, claim);
    if (taken !== true) return { heldBy: taken };
  } finally {
    rmSync(claim, { force: true });
  }
  return {
    release: () => {
      if (readIfThere(lock) === self) rmSync(lock, { force: true });
    },
  };
}
