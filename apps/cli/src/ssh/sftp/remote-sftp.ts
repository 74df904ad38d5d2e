import {
  isNotThere,
  sftpFailure,
  type Sftp,
  type SftpEntry,
  type SftpFile,
  type SftpOpenMode,
  type SftpStats,
} from '@servonaut/plugin-sdk/sftp';
import { sshString } from '../ssh-wire.ts';
import { malformed } from './malformed.ts';
import { RemoteFile } from './remote-file.ts';
import { noAttributes, OPEN_FLAGS, PACKET_TYPE, permissions, readAttributes, uint32 } from './sftp-packets.ts';
import type { SftpRequests } from './sftp-requests.ts';

/** RENAME itself replaces nothing, and not in one step everywhere (section 6.5). */
const RENAME = 'posix-rename@openssh.com';

/** Files of a server, over a session that has begun. */
export class RemoteSftp implements Sftp {
  readonly #requests: SftpRequests;

  constructor(requests: SftpRequests) {
    this.#requests = requests;
  }

  async realPath(path: string): Promise<string> {
    const { realPath, name } = PACKET_TYPE;
    const reply = await this.#requests.ask(path, realPath, [sshString(path)], name);
    if (reply?.uint32() !== 1) malformed(path);
    return reply.text();
  }

  stat(path: string): Promise<SftpStats | undefined> {
    return this.#stat(PACKET_TYPE.stat, path);
  }

  linkStat(path: string): Promise<SftpStats | undefined> {
    return this.#stat(PACKET_TYPE.linkStat, path);
  }

  async *list(path: string): AsyncGenerator<SftpEntry> {
    const handle = sshString(await this.#handle(path, PACKET_TYPE.openFolder, []));
    try {
      for (let found = await this.#entries(path, handle); found; found = await this.#entries(path, handle))
        yield* found;
    } finally {
      await this.#requests.ask(path, PACKET_TYPE.close, [handle]);
    }
  }

  async open(path: string, mode: SftpOpenMode, given = 0o600): Promise<SftpFile> {
    const attributes = mode === 'read' ? noAttributes : permissions(given);
    const handle = await this.#handle(path, PACKET_TYPE.open, [uint32(OPEN_FLAGS[mode]), attributes]);
    return new RemoteFile(this.#requests, path, handle);
  }

  async rename(from: string, to: string): Promise<void> {
    const what = `${from} to ${to}`;
    if (!this.#requests.knows(RENAME)) throw sftpFailure(what, 'unsupported', 'renaming in one step');
    await this.#requests.ask(what, PACKET_TYPE.extended, [RENAME, from, to].map(sshString));
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#tell(path, PACKET_TYPE.setStat, permissions(mode));
  }

  makeFolder(path: string, given = 0o755): Promise<void> {
    return this.#tell(path, PACKET_TYPE.makeFolder, permissions(given));
  }

  remove(path: string): Promise<void> {
    return this.#tell(path, PACKET_TYPE.remove);
  }

  removeFolder(path: string): Promise<void> {
    return this.#tell(path, PACKET_TYPE.removeFolder);
  }

  /** The next of a folder; undefined when there are no more. */
  async #entries(path: string, handle: Buffer): Promise<SftpEntry[] | undefined> {
    const reply = await this.#requests.ask(path, PACKET_TYPE.readFolder, [handle], PACKET_TYPE.name);
    if (!reply) return undefined;
    const found: SftpEntry[] = [];
    for (let left = reply.uint32(); left > 0; left--) {
      const name = reply.text();
      // A line as `ls -l` prints it, in a form of the server's own.
      reply.string();
      found.push({ name, ...readAttributes(reply) });
    }
    return found.filter(({ name }) => name !== '.' && name !== '..');
  }

  async #stat(type: number, path: string): Promise<SftpStats | undefined> {
    try {
      const reply = await this.#requests.ask(path, type, [sshString(path)], PACKET_TYPE.attributes);
      return readAttributes(reply ?? malformed(path));
    } catch (error) {
      if (isNotThere(error)) return undefined;
      throw error;
    }
  }

  async #handle(path: string, type: number, fields: readonly Buffer[]): Promise<Buffer> {
    const reply = await this.#requests.ask(path, type, [sshString(path), ...fields], PACKET_TYPE.handle);
    return (reply ?? malformed(path)).string();
  }

  async #tell(path: string, type: number, ...fields: readonly Buffer[]): Promise<void> {
    await this.#requests.ask(path, type, [sshString(path), ...fields]);
  }
}
