import { SFTP_CHUNK, SFTP_WINDOW, sftpFailure, type SftpRefusal } from '@servonaut/plugin-sdk/sftp';
import { discardMemory } from '../discarded-memory.ts';
import type { RemoteChannel } from '../links/link.ts';
import { SshReader } from '../ssh-wire.ts';
import { PACKET_TYPE, SFTP_VERSION, STATUS, uint32 } from './sftp-packets.ts';

const LENGTH_BYTES = 4;
/** What no server exceeds that was asked for our chunks; one that does would have us hold what it likes. */
const LONGEST_PACKET = 256 * 1_024;

/** Room for a reply that holds a chunk. */
const CHUNK_PACKET = SFTP_CHUNK + 64;
const MOST_SPARE = SFTP_WINDOW / SFTP_CHUNK;

const REFUSALS: Readonly<Record<number, SftpRefusal>> = {
  [STATUS.notFound]: 'not-found',
  [STATUS.denied]: 'denied',
  [STATUS.unsupported]: 'unsupported',
};

/** A reply: its type, and what is behind the number of its request. */
export interface SftpReply {
  readonly type: number;
  readonly reader: SshReader;
}

interface Waiting {
  readonly answered: (reply: SftpReply) => void;
  readonly failed: (error: Error) => void;
}

/** Requests and replies of one session of SFTP, side by side and in any order. */
export class SftpRequests {
  readonly #channel: RemoteChannel;
  readonly #whyLost: () => Error;
  readonly #waiting = new Map<number, Waiting>();
  readonly #extensions = new Set<string>();
  /** What packets of chunks came in that nobody has any more. */
  readonly #spare: ArrayBufferLike[] = [];
  #nextId = 0;
  /** The length of a packet, or the packet, as far as it has come. */
  #packet: Buffer = Buffer.alloc(LENGTH_BYTES);
  #filled = 0;
  #isLength = true;
  #lost: Error | undefined;
  #greeted: Waiting | undefined;

  /** @param whyLost what requests fail with when the session has ended */
  constructor(channel: RemoteChannel, whyLost: () => Error) {
    this.#channel = channel;
    this.#whyLost = whyLost;
    channel.on('data', (chunk: Buffer) => this.#received(chunk));
    channel.stderr.resume();
    // Whatever it is, the close tells those who wait.
    channel.on('error', () => this.end());
    channel.once('close', () => this.#end(this.#whyLost()));
  }

  /** Begins the session (section 4). */
  async greet(): Promise<void> {
    const greeting = new Promise<SftpReply>((answered, failed) => (this.#greeted = { answered, failed }));
    this.#send(PACKET_TYPE.init, [uint32(SFTP_VERSION)]);
    const { reader } = await greeting;
    reader.uint32();
    for (; !reader.isAtEnd; reader.string()) this.#extensions.add(reader.text());
  }

  /** Whether the server knows an extension of that name. */
  knows(extension: string): boolean {
    return this.#extensions.has(extension);
  }

  /** @param what is asked, for errors. @returns a reply of type `wanted`, or undefined at an end. @throws ServonautError for any other */
  async ask(
    what: string,
    type: number,
    fields: readonly Uint8Array[],
    wanted: number = PACKET_TYPE.status,
  ): Promise<SshReader | undefined> {
    if (this.#lost) throw this.#lost;
    const id = this.#nextId++;
    const asked = new Promise<SftpReply>((answered, failed) => this.#waiting.set(id, { answered, failed }));
    this.#send(type, [uint32(id), ...fields]);
    const reply = await asked;
    if (reply.type === wanted && wanted !== PACKET_TYPE.status) return reply.reader;
    const status = reply.type === PACKET_TYPE.status ? reply.reader.uint32() : undefined;
    if (status === STATUS.end) return undefined;
    if (status === STATUS.ok && wanted === PACKET_TYPE.status) return reply.reader;
    throw sftpFailure(what, REFUSALS[status ?? -1] ?? 'failure');
  }

  /** Takes back the room of a chunk of a reply, for another: nobody has it any more. */
  recycle({ buffer }: Uint8Array): void {
    if (buffer.byteLength === CHUNK_PACKET && this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }

  /** What is not answered yet fails. */
  end(): void {
    this.#channel.close();
    this.#end(this.#whyLost());
  }

  #end(error: Error): void {
    this.#lost ??= error;
    for (const { failed } of [...this.#waiting.values(), ...(this.#greeted ? [this.#greeted] : [])]) failed(this.#lost);
    this.#waiting.clear();
  }

  #send(type: number, fields: readonly Uint8Array[]): void {
    const length = fields.reduce((sum, field) => sum + field.length, 1);
    const packet = Buffer.concat([uint32(length), Buffer.from([type]), ...fields]);
    // It is copied once more on its way out.
    discardMemory(2 * packet.length);
    this.#channel.write(packet);
  }

  #received(chunk: Buffer): void {
    if (this.#lost) return;
    try {
      for (let at = 0; at < chunk.length;) at += this.#take(chunk.subarray(at));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // It does not speak the protocol: nothing of what it says can be told apart any more.
      this.#end(sftpFailure('SFTP', 'failure', error.message));
      this.#channel.close();
    }
  }

  /** Copies what belongs to the packet that has begun, since a packet may lie in several chunks. @returns how much that was */
  #take(bytes: Buffer): number {
    const count = bytes.copy(this.#packet, this.#filled, 0);
    this.#filled += count;
    discardMemory(count);
    if (this.#filled < this.#packet.length) return count;
    const [packet, isLength] = [this.#packet, this.#isLength];
    const length = isLength ? packet.readUInt32BE() : LENGTH_BYTES;
    if (length === 0 || length > LONGEST_PACKET)
      throw new RangeError('the server sends packets of no length that fits');
    this.#packet = this.#room(length);
    this.#filled = 0;
    this.#isLength = !isLength;
    if (!isLength) this.#answered(packet);
    return count;
  }

  #room(length: number): Buffer {
    if (length < SFTP_CHUNK || length > CHUNK_PACKET) return Buffer.allocUnsafe(length);
    return Buffer.from(this.#spare.pop() ?? new ArrayBuffer(CHUNK_PACKET), 0, length);
  }

  #answered(packet: Buffer): void {
    const reader = new SshReader(packet);
    const type = reader.bytes(1)[0] ?? 0;
    if (type === PACKET_TYPE.version) return this.#greeted?.answered({ type, reader });
    const id = reader.uint32();
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.answered({ type, reader });
  }
}
