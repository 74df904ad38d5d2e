import { connect, type Socket } from 'node:net';
import { sshString, SshReader } from '../ssh-wire.ts';
import { uint32 } from './proxied-channel.ts';

/** Of PROTOCOL.mux of OpenSSH, which has the proxy mode since 7.4. */
const HELLO = 0x0000_0001;
const VERSION = 4;
const PROXY = 0x1000_000f;
const PROXY_OK = 0x8000_000f;

/** More than any message of SSH; what is longer is none. */
const LONGEST_MESSAGE = 1_024 * 1_024;

/** Takes a stream of SSH strings apart. */
class Messages {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws RangeError for a length that no message has */
  *add(chunk: Buffer): Generator<Buffer> {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (bytes.length >= 4) {
      const length = bytes.readUInt32BE();
      if (length > LONGEST_MESSAGE) throw new RangeError('a message of the control master is too long');
      if (bytes.length < 4 + length) break;
      const message = bytes.subarray(4, 4 + length);
      bytes = bytes.subarray(4 + length);
      this.#rest = bytes;
      yield message;
    }
    this.#rest = bytes;
  }
}

/** Resolves with nothing when nobody listens there yet. */
export function connectControl(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    // Later ones are followed by the close, which is what counts.
    socket.on('error', () => resolve(undefined));
  });
}

/**
 * Puts the socket of a control master into proxy mode: from then on it carries the messages of the master's connection, given to `onMessage`.
 * Rejects when the master does not know that mode, or ends before. A message that is not understood ends the socket.
 */
export function proxyThrough(socket: Socket, onMessage: (message: Buffer) => void): Promise<void> {
  const messages = new Messages();
  return new Promise((resolve, reject) => {
    let take = (message: Buffer) => {
      const reader = new SshReader(message);
      const type = reader.uint32();
      if (type === HELLO) return;
      if (type !== PROXY_OK) throw new Error('the control master knows no proxy mode');
      take = onMessage;
      resolve();
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of messages.add(chunk)) take(message);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.once('close', () => reject(new Error('the control master ended')));
    socket.write(
      Buffer.concat(
        [
          [HELLO, VERSION],
          [PROXY, 0],
        ].map((words) => sshString(Buffer.concat(words.map(uint32)))),
      ),
    );
  });
}
