import type fs from 'node:fs';
import { dirname, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';

/** What of node:fs the journal stands on; tests have it fail, or end, at any call. */
export type JournalDisk = Pick<
  typeof fs,
  | 'closeSync'
  | 'fchmodSync'
  | 'fdatasync'
  | 'fdatasyncSync'
  | 'fsyncSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readFileSync'
  | 'renameSync'
  | 'rmSync'
  | 'writeSync'
>;

export function journalPath(stateDir: string): string {
  return join(stateDir, 'journal');
}

const CHUNK_BYTES = 256 * 1024;

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'its quota on the disk is used up',
  EROFS: 'its disk is read-only',
  EACCES: 'its folder cannot be written',
  EPERM: 'its folder cannot be written',
  EIO: 'its disk fails',
};

interface Written {
  readonly file: number;
  readonly bytes: number;
}

/** The file of the journal, readable by its owner only: lines go to its end, and all of it is replaced in one step. */
export class JournalFile {
  readonly #path: string;
  readonly #disk: JournalDisk;
  #file: number | undefined;
  #bytes = 0;
  #syncing = false;
  #closeAfterSync: number[] = [];

  constructor(path: string, disk: JournalDisk) {
    this.#path = path;
    this.#disk = disk;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined when there is none. @throws ServonautError `config_invalid` */
  read(): Buffer | undefined {
    try {
      return this.#disk.readFileSync(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new ServonautError('config_invalid', { message: `${this.#path} cannot be read.`, cause: error });
    }
  }

  /** Only after `replace`. A killed process loses nothing of what this has written; a power cut may, until `sync`. @throws ServonautError `tool_failed` */
  append(line: Buffer): void {
    this.#orSayWhy(() => this.#write(this.#file as number, line));
    this.#bytes += line.length;
  }

  /**
   * Writes a new file beside the old one, and puts it in its place when all of it is on the disk: a kill or a power cut leaves one or the other.
   * @throws ServonautError `tool_failed`; then the old one is still in use
   */
  replace(lines: Iterable<Buffer>): void {
    this.#orSayWhy(() => {
      this.#disk.mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      this.#putInPlace(this.#writeBeside(lines));
      this.#syncFolder();
    });
  }

  /** Has the disk keep what was appended so far, in the background. `done` is told why it could not. */
  sync(done: (failure: string | undefined) => void): void {
    this.#syncing = true;
    this.#disk.fdatasync(this.#file as number, (error) => {
      this.#syncing = false;
      for (const old of this.#closeAfterSync.splice(0)) this.#disk.closeSync(old);
      done(error ? `The executor's journal may not outlive a power cut: ${whyOf(error)}.` : undefined);
    });
  }

  /** @throws ServonautError `tool_failed` when the disk does not keep what was appended last; it is closed all the same */
  close(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    try {
      this.#orSayWhy(() => this.#disk.fdatasyncSync(file));
    } finally {
      this.#letGo(file);
    }
  }

  #writeBeside(lines: Iterable<Buffer>): Written {
    const path = `${this.#path}.new`;
    const file = this.#disk.openSync(path, 'w', 0o600);
    let bytes = 0;
    try {
      this.#disk.fchmodSync(file, 0o600);
      for (const chunk of chunks(lines)) {
        this.#write(file, chunk);
        bytes += chunk.length;
      }
      this.#disk.fdatasyncSync(file);
      this.#disk.renameSync(path, this.#path);
    } catch (error) {
      this.#disk.closeSync(file);
      // On a full disk it would take the room that is needed.
      this.#disk.rmSync(path, { force: true });
      throw error;
    }
    return { file, bytes };
  }

  #putInPlace({ file, bytes }: Written): void {
    const old = this.#file;
    this.#file = file;
    this.#bytes = bytes;
    if (old !== undefined) this.#letGo(old);
  }

  #write(file: number, bytes: Buffer): void {
    for (let written = 0; written < bytes.length;) written += this.#disk.writeSync(file, bytes, written);
  }

  /** Until then a power cut may bring the old file back. Windows opens no folders; its rename is on disk with the file system's own journal. */
  #syncFolder(): void {
    if (process.platform === 'win32') return;
    const folder = this.#disk.openSync(dirname(this.#path), 'r');
    try {
      this.#disk.fsyncSync(folder);
    } catch (error) {
      // Not every file system can do this with a folder (fsync(2)).
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    } finally {
      this.#disk.closeSync(folder);
    }
  }

  /** Not while it is synced: its number could be another file's by then. */
  #letGo(file: number): void {
    if (this.#syncing) this.#closeAfterSync.push(file);
    else this.#disk.closeSync(file);
  }

  #orSayWhy<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      const message = `The executor cannot write its journal: ${whyOf(error)}.`;
      throw new ServonautError('tool_failed', { message, detail: String(error), cause: error });
    }
  }
}

/** A call to the system for each of a hundred thousand short lines would hold everything up. */
function* chunks(lines: Iterable<Buffer>): Generator<Buffer> {
  let pending: Buffer[] = [];
  let bytes = 0;
  for (const line of lines) {
    pending.push(line);
    bytes += line.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(pending, bytes);
    [pending, bytes] = [[], 0];
  }
  yield Buffer.concat(pending, bytes);
}

/** What the operator has to mend, in words. */
export function whyOf(error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return WHY[code] ?? `its disk answers ${code}`;
}
