import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { waitForLock, type LockTry } from '../journal/lock-file.ts';
import type { ProfilePaths } from './profile-paths.ts';

/** Longer than whoever has the lock needs: one call bounded by `OAUTH_TIMEOUT_MS` and two by `REFRESH_TIMEOUT_MS`, unless somebody has to unlock a keychain first. */
const PATIENCE_MS = 75_000;

/**
 * Waits until no other process holds the sign-in of this profile: a refresh token is good once, and who shows it twice is signed out. Beside the
 * tokens, so that whoever finds the same tokens finds the same lock.
 * @returns the way to give it up
 * @throws ServonautError `unavailable` when another process has it for 75 s, `config_invalid` where no lock can be written
 */
export async function lockSession({ configDir }: Pick<ProfilePaths, 'configDir'>): Promise<() => void> {
  const taken = await lockIn(configDir, join(configDir, 'session.lock'));
  if ('release' in taken) return taken.release;
  throw busy(Number.parseInt(taken.heldBy, 10) || null);
}

/** Runs something while it has the lock. @throws as `lockSession` and `run` do */
export async function withSessionLock<T>(paths: Pick<ProfilePaths, 'configDir'>, run: () => Promise<T>): Promise<T> {
  const release = await lockSession(paths);
  try {
    return await run();
  } finally {
    release();
  }
}

async function lockIn(folder: string, lock: string): Promise<LockTry> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return await waitForLock(lock, PATIENCE_MS);
  } catch (cause) {
    throw new ServonautError('config_invalid', {
      message: `${lock} cannot be written.`,
      nextStep: 'Make its folder writable, or room on its disk.',
      cause,
    });
  }
}

function busy(pid: number | null): ServonautError {
  return new ServonautError('unavailable', {
    message: `Another process (${pid}) holds the sign-in of this profile.`,
    nextStep: 'Try again. If that process says that it cannot store renewed tokens, mend that, or stop it.',
    facts: { pid },
  });
}
