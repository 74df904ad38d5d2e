import { sshString } from '../ssh-wire.ts';
import { ChannelStream } from './channel-stream.ts';
import type { ChannelPurpose, RemoteChannel } from './link.ts';

/** Messages of the connection protocol (RFC 4254 section 9). */
export const MESSAGE = {
  open: 90,
  openConfirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  failure: 100,
} as const;

/** Bytes that a server may send of one command before they were read, and at most in one message. */
export const WINDOW = 2 * 1_024 * 1_024;
export const PACKET = 32 * 1_024;

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const FLAG = { no: Buffer.from([0]), yes: Buffer.from([1]) };

/** The server's end of a channel, as it said when it opened it. */
export interface ChannelPeer {
  readonly id: number;
  readonly window: number;
  readonly packet: number;
}

export type SendMessage = (type: number, ...fields: readonly Buffer[]) => void;

/** One channel of a connection (RFC 4254 section 5). */
export class ProxiedChannel extends ChannelStream implements RemoteChannel {
  readonly #send: SendMessage;
  readonly #peer: Buffer;
  readonly #packet: number;
  /** Bytes that the server takes yet. */
  #window: number;
  /** Bytes that were read and not yet allowed anew, and those that wait in each stream. */
  #read = 0;
  readonly #unread = { stdout: 0, stderr: 0 };
  #whenThereIsRoom: (() => void) | undefined;
  #isClosing = false;
  #isFinished = false;

  constructor(send: SendMessage, peer: ChannelPeer) {
    super();
    this.#send = send;
    this.#peer = uint32(peer.id);
    this.#packet = Math.max(1, peer.packet);
    this.#window = peer.window;
  }

  begin(purpose: ChannelPurpose): void {
    if (typeof purpose === 'string') this.#request('exec', FLAG.yes, sshString(purpose));
    else this.#request('subsystem', FLAG.yes, sshString(purpose.subsystem));
  }

  variable(name: string, value: string): void {
    this.#request('env', FLAG.no, sshString(name), sshString(value));
  }

  forwardAgent(): void {
    this.#request('auth-agent-req@openssh.com', FLAG.no);
  }

  signal(name: string): void {
    this.#request('signal', FLAG.no, sshString(name));
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#send(MESSAGE.close, this.#peer);
    this.#whenThereIsRoom?.();
  }

  received(stream: 'stdout' | 'stderr', data: Buffer): void {
    if (this.#isFinished) return;
    const wantsMore = stream === 'stdout' ? this.push(data) : this.stderr.push(data);
    this.#unread[stream] += data.length;
    if (wantsMore) this.#wasRead(stream);
  }

  adjusted(bytes: number): void {
    this.#window += bytes;
    this.#whenThereIsRoom?.();
  }

  /** The server has closed it, or the connection is gone. */
  gone(): void {
    this.close();
    this.#isFinished = true;
    this.finish();
  }

  /** No request of a server's, as to keep a connection alive, is one that is known here. */
  deny(): void {
    this.#send(MESSAGE.failure, this.#peer);
  }

  override _read(): void {
    this.#wasRead('stdout');
  }

  protected override readErrors(): void {
    this.#wasRead('stderr');
  }

  /** What nobody takes any more is dropped, as by a pipe whose reader has gone. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#whenThereIsRoom = undefined;
    let rest = chunk;
    while (rest.length > 0 && this.#window > 0 && !this.#isClosing) {
      const part = rest.subarray(0, Math.min(this.#packet, this.#window));
      this.#window -= part.length;
      this.#send(MESSAGE.data, this.#peer, sshString(part));
      rest = rest.subarray(part.length);
    }
    if (rest.length === 0 || this.#isClosing) done();
    else this.#whenThereIsRoom = () => this._write(rest, _encoding, done);
  }

  override _final(done: () => void): void {
    if (!this.#isClosing) this.#send(MESSAGE.eof, this.#peer);
    done();
  }

  #request(name: string, wantsReply: Buffer, ...fields: readonly Buffer[]): void {
    if (!this.#isClosing) this.#send(MESSAGE.request, this.#peer, sshString(name), wantsReply, ...fields);
  }

  #wasRead(stream: 'stdout' | 'stderr'): void {
    this.#read += this.#unread[stream];
    this.#unread[stream] = 0;
    if (this.#read < WINDOW / 2 || this.#isClosing) return;
    this.#send(MESSAGE.windowAdjust, this.#peer, uint32(this.#read));
    this.#read = 0;
  }
}
