import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectControl } from './control-socket.ts';

/**
 * Longest path that ssh(1) can make a control socket at: it binds another name first, with 17 more characters, and the address of a socket has 104
 * bytes where it has fewest.
 */
const LONGEST_PATH = 104 - 1 - 17;

/** In a path, ssh(1) would take other characters for tokens, variables or quotes. */
const PLAIN_PATH = /^[A-Za-z0-9/._+-]+$/;

const NAME_BYTES = 6;

/** A socket that is younger may be one that its master is about to listen on. */
const ABANDONED_AFTER_MS = 60_000;

/** Ours alone: others could put a socket of theirs there, or open one of ours. */
async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${path} belongs to somebody else`);
  await chmod(path, 0o700);
  return path;
}

/** What masters left behind that were killed together with whoever would have cleaned up. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (Date.now() - (await lstat(path)).mtimeMs < ABANDONED_AFTER_MS) continue;
    const socket = await connectControl(path);
    socket?.destroy();
    if (!socket) await rm(path, { force: true });
  }
}

/** Where the sockets of control masters are. */
export class ControlFolder {
  readonly #wanted: string | undefined;
  #folder: Promise<string> | undefined;
  #temporary: string | undefined;

  /** @param wanted made when it is needed; without one, or where its path is not fit for a socket, a fresh folder of the system's */
  constructor(wanted: string | undefined) {
    this.#wanted = wanted;
  }

  /** A path at which there is no socket yet. */
  async newSocket(): Promise<string> {
    this.#folder ??= this.#open();
    return join(await this.#folder, randomBytes(NAME_BYTES).toString('hex'));
  }

  /** Removes what is not there for the next time. */
  close(): void {
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true });
  }

  async #open(): Promise<string> {
    const wanted = this.#wanted;
    const isFit = wanted !== undefined && PLAIN_PATH.test(wanted) && wanted.length + 1 + 2 * NAME_BYTES <= LONGEST_PATH;
    if (!isFit) return (this.#temporary = await mkdtemp(join(tmpdir(), 'servonaut-')));
    const folder = await privateFolder(wanted);
    await removeAbandoned(folder);
    return folder;
  }
}
