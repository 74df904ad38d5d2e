import { chmodSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, thisProcess } from './process-identity.ts';

/** What has come of one try: the way to give the lock up, or the identity of the living process that has it (empty: it was just given up). */
export type LockTry = { readonly release: () => void } | { readonly heldBy: string };

/** Anything from half of this to the whole of it between two tries, in milliseconds, so that those who wait do not march in step. */
const PAUSE_MS = 20;

/** Whether `call` went well; not where it failed with one of `codes`. */
function did(call: () => void, ...codes: readonly string[]): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Identity of the process that has the lock, be it alive or dead. */
export function holderOf(lock: string): string | undefined {
  let names: string[] = [];
  did(() => (names = readdirSync(lock)), 'ENOENT', 'ENOTDIR');
  return names[0];
}

/**
 * A lock is a folder that holds one file, named after its holder, and is free while that folder is empty or not there. One rename puts a full
 * folder there, which fails where another full one is (rename(2)). What removes a dead holder names it, and so cannot remove whoever has taken
 * the place meanwhile.
 */
function take(claim: string, lock: string): true | string {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (did(() => renameSync(claim, lock), 'ENOTEMPTY', 'EEXIST')) return true;
    const holder = holderOf(lock);
    if (holder === undefined) continue;
    if (isAlive(holder)) return holder;
    rmSync(join(lock, holder), { force: true });
  }
  return holderOf(lock) ?? '';
}

/**
 * Makes this process the only holder of a lock, unless a living one is. A dead holder's lock is taken over.
 * @param lock path in a folder that is there, and on the same machine for all that share it
 * @throws Error of the file system; `ENOTDIR` where a file has the path
 */
export function tryLock(lock: string): LockTry {
  const self = thisProcess();
  const claim = mkdtempSync(`${lock}.`);
  try {
    chmodSync(claim, 0o700);
    // With a content, as a full disk may yet take names; who cannot take the lock then does not begin what it could not keep.
    writeFileSync(join(claim, self), self, { mode: 0o600 });
    const taken = take(claim, lock);
    if (taken !== true) return { heldBy: taken };
  } finally {
    rmSync(claim, { recursive: true, force: true });
  }
  return {
    release: () => {
      rmSync(join(lock, self), { force: true });
      did(() => rmdirSync(lock), 'ENOENT', 'ENOTEMPTY', 'EEXIST');
    },
  };
}

/** `tryLock` until the lock is had, or `patienceMs` are over. */
export async function waitForLock(lock: string, patienceMs: number): Promise<LockTry> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const taken = tryLock(lock);
    if ('release' in taken || performance.now() > giveUpAt) return taken;
    await sleep(PAUSE_MS * (0.5 + Math.random() / 2));
  }
}
