import {
  readAhead,
  SFTP_CHUNK,
  writeBehind,
  type SftpFile,
  type SftpReadOptions,
  type SftpStats,
} from '@servonaut/plugin-sdk/sftp';
import { sshString } from '../ssh-wire.ts';
import { PACKET_TYPE, readAttributes, sized, uint32, uint64 } from './sftp-packets.ts';
import type { SftpRequests } from './sftp-requests.ts';
import { malformed } from './malformed.ts';

const SYNC = 'fsync@openssh.com';

/** A file that is open on a server. */
export class RemoteFile implements SftpFile {
  readonly #requests: SftpRequests;
  readonly #path: string;
  readonly #handle: Buffer;
  #isClosed = false;

  /** @param handle as the server gave it */
  constructor(requests: SftpRequests, path: string, handle: Buffer) {
    this.#requests = requests;
    this.#path = path;
    this.#handle = sshString(handle);
  }

  async stat(): Promise<SftpStats> {
    const { fileStat, attributes } = PACKET_TYPE;
    const reply = await this.#requests.ask(this.#path, fileStat, [this.#handle], attributes);
    return readAttributes(reply ?? malformed(this.#path));
  }

  async readAt(position: number, length: number): Promise<Uint8Array> {
    const first = await this.#readPart(position, Math.min(length, SFTP_CHUNK));
    if (first.length === length || first.length === 0) return first;
    const parts = [first];
    let read = first.length;
    while (read < length) {
      const part = await this.#readPart(position + read, Math.min(length - read, SFTP_CHUNK));
      if (part.length === 0) break;
      parts.push(part);
      read += part.length;
    }
    return Buffer.concat(parts);
  }

  read(from?: number, { reuse = false }: SftpReadOptions = {}): AsyncIterable<Uint8Array> {
    const readAt = (position: number, length: number): Promise<Uint8Array> => this.readAt(position, length);
    return readAhead(readAt, from, SFTP_CHUNK, reuse ? (bytes) => this.#requests.recycle(bytes) : undefined);
  }

  write(source: Uint8Array | AsyncIterable<Uint8Array>, at?: number): Promise<void> {
    // They are copied into their packet at once.
    const writeAt = (position: number, bytes: Uint8Array): Promise<void> =>
      this.#tell(PACKET_TYPE.write, uint64(position), uint32(bytes.length), bytes);
    return writeBehind(writeAt, source, at);
  }

  truncate(size: number): Promise<void> {
    return this.#tell(PACKET_TYPE.setFileStat, sized(size));
  }

  async sync(): Promise<boolean> {
    if (!this.#requests.knows(SYNC)) return false;
    await this.#requests.ask(this.#path, PACKET_TYPE.extended, [sshString(SYNC), this.#handle]);
    return true;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#tell(PACKET_TYPE.close);
  }

  /** Nothing at the end of the file. */
  async #readPart(position: number, length: number): Promise<Buffer> {
    const fields = [this.#handle, uint64(position), uint32(length)];
    const reply = await this.#requests.ask(this.#path, PACKET_TYPE.read, fields, PACKET_TYPE.data);
    const bytes = reply?.string() ?? Buffer.alloc(0);
    return bytes.length <= length ? bytes : malformed(this.#path);
  }

  async #tell(type: number, ...fields: readonly Uint8Array[]): Promise<void> {
    await this.#requests.ask(this.#path, type, [this.#handle, ...fields]);
  }
}
