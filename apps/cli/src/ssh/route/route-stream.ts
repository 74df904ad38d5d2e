import { Duplex, type Readable, type Writable } from 'node:stream';

export interface RouteEnds {
  readonly readable: Readable;
  readonly writable: Writable;
  /** Called when nothing more comes to be read; without it that is the end of the stream. */
  readonly onEnd?: () => void;
  /** Called once, when the stream is over, by whomever. */
  readonly onDestroy: () => void;
}

/**
 * What SSH is spoken over where that is no socket: a channel of a jump host, or a process. What was written while it was corked leaves in one
 * piece, since a channel would make a packet of each part, and SSH writes each of its packets in three. Destroyed, it is closed at once, whether
 * or not anybody on the other side still answers.
 */
export class RouteStream extends Duplex {
  readonly #readable: Readable;
  readonly #writable: Writable;
  readonly #onDestroy: () => void;

  constructor({ readable, writable, onEnd, onDestroy }: RouteEnds) {
    super();
    this.#readable = readable;
    this.#writable = writable;
    this.#onDestroy = onDestroy;
    readable.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) readable.pause();
    });
    readable.once('end', onEnd ?? (() => this.push(null)));
    // Written to after the other side has gone; what is read says why.
    writable.on('error', () => this.end());
  }

  override _read(): void {
    this.#readable.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    if (this.#writable.write(chunk)) callback();
    else this.#writable.once('drain', callback);
  }

  override _writev(parts: { chunk: Buffer; encoding: BufferEncoding }[], callback: () => void): void {
    this._write(Buffer.concat(parts.map(({ chunk }) => chunk)), 'binary', callback);
  }

  override _final(callback: () => void): void {
    this.#writable.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#onDestroy();
    callback(error);
  }
}
