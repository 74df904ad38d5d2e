import {
  chmodSync,
  closeSync,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { currentFile } from './audit-files.ts';

/** What a mode lets others do. A file that was restored or copied may let them. */
const OTHERS = 0o077;

/** The current file of an audit, open for appending. It may be another one whenever this process does not have the lock. */
export class AuditDisk {
  readonly #folder: string;
  readonly #path: string;
  #file: number | undefined;
  #inode = -1;
  #bytes = -1;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = currentFile(folder);
  }

  get bytes(): number {
    return this.#bytes;
  }

  makeFolder(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    if ((statSync(this.#folder).mode & OTHERS) !== 0) chmodSync(this.#folder, 0o700);
  }

  /** Nobody else has written since the last `open` or `append`. */
  get isAsLeft(): boolean {
    if (this.#file === undefined) return false;
    const file = statSync(this.#path, { throwIfNoEntry: false });
    return file?.ino === this.#inode && file.size === this.#bytes;
  }

  /** Opens the file that is the current one now. @throws Error of the file system, here and below */
  open(): void {
    this.close();
    this.#file = openSync(this.#path, 'a', 0o600);
    const { ino, size, mode } = fstatSync(this.#file);
    if ((mode & OTHERS) !== 0) fchmodSync(this.#file, 0o600);
    [this.#inode, this.#bytes] = [ino, size];
  }

  /** In one call to the system, unless the disk takes only a part of it. */
  append(text: string): void {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) written += writeSync(this.#file as number, bytes, written);
    this.#bytes += bytes.length;
  }

  /** Has the disk keep what was appended so far, in the background, on an opening of its own: ours may be closed meanwhile. */
  sync(done: (failure: string | undefined) => void): void {
    void syncInBackground(this.#path, done);
  }

  close(): void {
    if (this.#file === undefined) return;
    const file = this.#file;
    this.#file = undefined;
    closeSync(file);
  }

  syncNow(): void {
    if (this.#file !== undefined) fdatasyncSync(this.#file);
  }
}

async function syncInBackground(path: string, done: (failure: string | undefined) => void): Promise<void> {
  let failure: string | undefined;
  try {
    await using file = await open(path, 'r+');
    await file.datasync();
  } catch (error) {
    failure = `The audit of this machine may not outlive a power cut: ${(error as Error).message}.`;
  }
  done(failure);
}
