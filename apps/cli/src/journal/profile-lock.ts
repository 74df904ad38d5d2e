import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { holderOf, tryLock, type LockTry } from './lock-file.ts';
import { isAlive } from './process-identity.ts';

/**
 * Makes this process the only executor of the profile. Returns the way to give that up.
 * @throws ServonautError `already_running` when another living process has it; `config_invalid` when the folder cannot be written
 */
export function lockProfile(stateDir: string): () => void {
  const lock = tryLockIn(stateDir);
  if ('release' in lock) return lock.release;
  const pid = Number.parseInt(lock.heldBy, 10) || null;
  throw new ServonautError('already_running', {
    message: `An executor for this profile is already running${pid === null ? '' : `, as process ${pid}`}.`,
    facts: { pid },
  });
}

function tryLockIn(stateDir: string): LockTry {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return tryLock(join(stateDir, 'lock'));
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new ServonautError('config_invalid', {
      message: `${stateDir} cannot be written (${code}): without a journal nothing is run.`,
      nextStep: 'Make it writable for you, or make room on its disk.',
      cause,
    });
  }
}

/** Pid of the living process that has the profile's lock, or null. */
export function lockHolder(stateDir: string): number | null {
  const holder = holderOf(join(stateDir, 'lock'));
  return holder !== undefined && isAlive(holder) ? Number.parseInt(holder, 10) : null;
}
