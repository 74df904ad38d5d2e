import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { readIfThere, tryLock } from './lock-file.ts';
import { isAlive } from './process-identity.ts';

/**
 * Makes this process the only executor of the profile. Returns the way to give that up.
 * @throws ServonautError `already_running` when another living process has it
 */
export function lockProfile(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const lock = tryLock(join(stateDir, 'lock'));
  if ('release' in lock) return lock.release;
  throw new ServonautError('already_running', { facts: { pid: Number.parseInt(lock.heldBy, 10) || null } });
}

/** Pid of the living process that has the profile's lock, or null. */
export function lockHolder(stateDir: string): number | null {
  const holder = readIfThere(join(stateDir, 'lock'));
  return holder !== undefined && isAlive(holder) ? Number.parseInt(holder, 10) : null;
}
