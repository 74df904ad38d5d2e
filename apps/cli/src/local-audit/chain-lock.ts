import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, thisProcess } from '../journal/process-identity.ts';

const CLAIM = 'claim.';
/** How long another process may take for what it writes, in milliseconds. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 1;

const pauseCell = new Int32Array(new SharedArrayBuffer(4));

/**
 * A lock for many short moments, in the manner of `lock-file.ts`: a folder with a file in it that is named after the holder. The folder is made
 * once; each time it is moved to the place of the lock, where no other full one can be (rename(2)), and back. So to take it and to give it up is
 * one call to the system each.
 */
export class ChainLock {
  readonly #folder: string;
  readonly #lock: string;
  readonly #patienceMs: number;
  #claim: string | undefined;

  /** @param folder where it is; made before the first use by whoever uses it */
  constructor(folder: string, patienceMs = PATIENCE_MS) {
    this.#folder = folder;
    this.#patienceMs = patienceMs;
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
    const giveUpAt = performance.now() + this.#patienceMs;
    while (!this.#isTaken(claim)) {
      if (performance.now() > giveUpAt) throw new Error('another process does not let go of it');
    }
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
