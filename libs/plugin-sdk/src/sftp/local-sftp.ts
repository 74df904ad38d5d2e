import { constants, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, opendir, realpath, rename, rmdir, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { readAhead, SFTP_WINDOW, writeInBlocks } from './file-stream.ts';
import { isNotThere, sftpFailure, type SftpRefusal } from './sftp-failure.ts';
import type { Sftp, SftpEntry, SftpFile, SftpOpenMode, SftpReadOptions, SftpStats } from './sftp.ts';

const FLAGS: Readonly<Record<SftpOpenMode, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_WRONLY | constants.O_CREAT,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
};

/** Bytes of one read: each costs as much as many bytes do. */
const READ_BYTES = SFTP_WINDOW / 8;

const REFUSALS: Readonly<Record<string, SftpRefusal>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EACCES: 'denied',
  EPERM: 'denied',
};

function kindOf(found: Stats): SftpStats['kind'] {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'link' : 'other';
}

function statsOf(found: Stats): SftpStats {
  const { size, mode, uid, gid, mtimeMs } = found;
  const modifiedAt = new Date(Math.floor(mtimeMs / 1_000) * 1_000);
  return { kind: kindOf(found), size, mode: mode & 0o7777, uid, gid, modifiedAt };
}

/** Does what it is given unless the session is over, and tells a failure as a server's would be told. */
type Guard = <Value>(what: string, act: () => Promise<Value>) => Promise<Value>;

function guardOf(signal: AbortSignal | undefined): Guard {
  return async (what, act) => {
    signal?.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      throw sftpFailure(what, REFUSALS[code] ?? 'failure', REFUSALS[code] ? '' : code);
    }
  };
}

class LocalFile implements SftpFile {
  readonly #file: FileHandle;
  readonly #guard: <Value>(act: () => Promise<Value>) => Promise<Value>;
  #isClosed = false;

  constructor(file: FileHandle, guard: <Value>(act: () => Promise<Value>) => Promise<Value>) {
    this.#file = file;
    this.#guard = guard;
  }

  stat(): Promise<SftpStats> {
    return this.#guard(async () => statsOf(await this.#file.stat()));
  }

  readAt(position: number, length: number): Promise<Uint8Array> {
    return this.#readInto(new Uint8Array(length), position);
  }

  read(from?: number, { reuse = false }: SftpReadOptions = {}): AsyncIterable<Uint8Array> {
    const spare: ArrayBufferLike[] = [];
    const readAt = (position: number, length: number): Promise<Uint8Array> =>
      this.#readInto(new Uint8Array(spare.pop() ?? new ArrayBuffer(length)), position);
    return readAhead(readAt, from, READ_BYTES, reuse ? ({ buffer }) => spare.push(buffer) : undefined);
  }

  write(source: Uint8Array | AsyncIterable<Uint8Array>, at?: number): Promise<void> {
    return writeInBlocks((position, bytes) => this.#writeAt(position, bytes), source, at);
  }

  truncate(size: number): Promise<void> {
    return this.#guard(() => this.#file.truncate(size));
  }

  async sync(): Promise<boolean> {
    await this.#guard(() => this.#file.sync());
    return true;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.close();
  }

  async #readInto(bytes: Uint8Array, position: number): Promise<Uint8Array> {
    let read = 0;
    for (let got = 1; got > 0 && read < bytes.length; read += got) {
      const at = read;
      ({ bytesRead: got } = await this.#guard(() => this.#file.read(bytes, at, bytes.length - at, position + at)));
    }
    return bytes.subarray(0, read);
  }

  async #writeAt(position: number, bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const rest = bytes.subarray(written);
      const { bytesWritten } = await this.#guard(() => this.#file.write(rest, 0, rest.length, position + written));
      written += bytesWritten;
    }
  }
}

async function unlessMissing(found: Promise<SftpStats>): Promise<SftpStats | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

/** A folder of this machine that is read entry by entry. */
async function* entries(path: string, at: string, guard: Guard): AsyncGenerator<SftpEntry> {
  for await (const { name } of await guard(path, () => opendir(at))) {
    // One that has gone meanwhile is none.
    const found = await unlessMissing(guard(path, async () => statsOf(await lstat(join(at, name)))));
    if (found) yield { name, ...found };
  }
}

export interface LocalSftpOptions {
  /** Where relative paths begin. Default: the home folder. */
  readonly folder?: string;
  /** Ends the session. */
  readonly signal?: AbortSignal;
  /** Whether `open` opens what a link leads to, as a server does. Default: it does. */
  readonly followsLinks?: boolean;
}

/** Files of this machine behind the same interface, while `use` runs. */
export async function withLocalSftp<Value>(
  use: (sftp: Sftp) => Promise<Value>,
  { folder = homedir(), signal, followsLinks = true }: LocalSftpOptions = {},
): Promise<Value> {
  const opened: SftpFile[] = [];
  const guard = guardOf(signal);
  const ownFlags = followsLinks ? 0 : constants.O_NOFOLLOW;
  const at = (path: string): string => resolve(folder, path);
  try {
    return await use({
      realPath: (path) => guard(path, () => realpath(at(path))),
      stat: (path) => unlessMissing(guard(path, async () => statsOf(await stat(at(path))))),
      linkStat: (path) => unlessMissing(guard(path, async () => statsOf(await lstat(at(path))))),
      list: (path) => entries(path, at(path), guard),
      open: async (path, mode, permissions = 0o600) => {
        const handle = await guard(path, () => open(at(path), FLAGS[mode] | ownFlags, permissions));
        const file = new LocalFile(handle, (act) => guard(path, act));
        opened.push(file);
        return file;
      },
      rename: (from, to) => guard(`${from} to ${to}`, () => rename(at(from), at(to))),
      setMode: (path, mode) => guard(path, () => chmod(at(path), mode)),
      makeFolder: (path, permissions = 0o755) => guard(path, () => mkdir(at(path), permissions)),
      remove: (path) => guard(path, () => unlink(at(path))),
      removeFolder: (path) => guard(path, () => rmdir(at(path))),
    });
  } finally {
    for (const file of opened) await file.close();
  }
}
