import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServonautError } from '@servonaut/contracts';
import { tryLock } from '../journal/lock-file.ts';

/** Longer than whoever has the lock needs to renew: two calls, each bounded by `OAUTH_TIMEOUT_MS`. */
const PATIENCE_MS = 30_000;
/** Anything from half of this to the whole of it between two tries, so that those who wait do not march in step. */
const PAUSE_MS = 20;

/**
 * Runs something while no other process of this profile does: a refresh token is good once, and who shows it twice is signed out.
 * @throws ServonautError `unavailable` when another process has the lock for 30 s, or whatever `run` throws
 */
export async function withSessionLock<T>(stateDir: string, run: () => Promise<T>): Promise<T> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const release = await locked(join(stateDir, 'session.lock'));
  try {
    return await run();
  } finally {
    release();
  }
}

async function locked(lock: string): Promise<() => void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const taken = tryLock(lock);
    if ('release' in taken) return taken.release;
    if (performance.now() > giveUpAt) {
      const pid = Number.parseInt(taken.heldBy, 10);
      throw new ServonautError('unavailable', {
        message: `Another process (${pid}) is busy renewing the sign-in of this profile.`,
        facts: { pid },
      });
    }
    await sleep(PAUSE_MS * (0.5 + Math.random() / 2));
  }
}
