import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, thisProcess } from '../journal/process-identity.ts';

const CLAIM = 'claim.';
/** How long another process may take for what it writes, in milliseconds. */
const PATIENCE_MS = 2_000;
/** And once it took longer, until the lock was had again: one that a signal has stopped must not stop this one, too, which has a kill switch. */
const BRIEF_MS = 10;
const PAUSE_MS = 1;

interface ChainLockTimes {
  readonly patienceMs: number;
  /** Milliseconds of a clock that only goes on. */
  readonly now: () => number;
}

const pauseCell = new Int32Array(new SharedArrayBuffer(4));

/**
 * A lock for many short moments, in the manner of `lock-file.ts`: a folder with a file in it that is named after the holder. The folder is made
 * once; each time it is moved to the place of the lock, where no other full one can be (rename(2)), and back. So to take it and to give it up is
 * one call to the system each.
 */
export class ChainLock {
  readonly #folder: string;
  readonly #lock: string;
  readonly #times: ChainLockTimes;
  #wasInVain = false;
  #claim: string | undefined;

  /** @param folder where it is; made before the first use by whoever uses it */
  constructor(folder: string, times: Partial<ChainLockTimes> = {}) {
    this.#folder = folder;
    this.#times = { patienceMs: PATIENCE_MS, now: () => performance.now(), ...times };
    this.#lock = join(folder, 'lock');
  }

  /**
   * Holds everything up while another process has it, which is for as long as that takes to write a line.
   * @throws Error of the file system, or when another process has it for too long
   */
  during<Value>(work: () => Value): Value {
    const claim = (this.#claim ??= this.#makeClaim());
    this.#take(claim);
    try {
      return work();
    } finally {
      this.#giveUp(claim);
    }
  }

  close(): void {
    if (this.#claim !== undefined) rmSync(this.#claim, { recursive: true, force: true });
    this.#claim = undefined;
  }

  #take(claim: string): void {
    const { now, patienceMs } = this.#times;
    const giveUpAt = now() + (this.#wasInVain ? BRIEF_MS : patienceMs);
    while (!this.#isTaken(claim)) {
      if (now() <= giveUpAt) continue;
      this.#wasInVain = true;
      throw new Error('another process does not let go of it');
    }
    this.#wasInVain = false;
  }

  #isTaken(claim: string): boolean {
    try {
      renameSync(claim, this.#lock);
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Who was stopped for long and taken for dead, or whose folder was removed, begins anew.
      if (code === 'ENOENT') this.#claim = undefined;
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code)) throw error;
    }
    this.#removeDeadHolder();
    return false;
  }

  /** By its name, so that nothing of whoever has taken its place meanwhile can be removed. */
  #removeDeadHolder(): void {
    const [holder] = namesIn(this.#lock);
    if (holder === undefined) return;
    if (isAlive(holder)) Atomics.wait(pauseCell, 0, 0, PAUSE_MS);
    else rmSync(join(this.#lock, holder), { force: true });
  }

  #giveUp(claim: string): void {
    try {
      renameSync(this.#lock, claim);
    } catch (error) {
      this.#claim = undefined;
      throw error;
    }
  }

  #makeClaim(): string {
    this.#removeDeadClaims();
    const claim = mkdtempSync(join(this.#folder, `${CLAIM}${thisProcess()}.`));
    writeFileSync(join(claim, thisProcess()), '', { mode: 0o600 });
    return claim;
  }

  /** Those of processes that were killed. */
  #removeDeadClaims(): void {
    for (const name of namesIn(this.#folder)) {
      if (!name.startsWith(CLAIM)) continue;
      const identity = name.slice(CLAIM.length, name.lastIndexOf('.'));
      if (!isAlive(identity)) rmSync(join(this.#folder, name), { recursive: true, force: true });
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
