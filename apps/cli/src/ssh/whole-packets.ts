import type { Writable } from 'node:stream';
import type { Client } from 'ssh2';

/** The part of ssh2 1.17 that writes packets. It is not part of its interface: without it, packets leave as they did. */
interface PacketWriter {
  readonly _protocol?: { readonly _cipher?: { encrypt?: (packet: Buffer) => void } };
}

/**
 * Sends each packet in one segment. ssh2 writes its length, its content and its tag one by one, which without Nagle's algorithm is three segments,
 * and the server wakes up for each. A new key exchange makes a new cipher, and is a handshake again.
 */
export function sendPacketsWhole(client: Client, socket: Writable): void {
  client.on('handshake', () => {
    const { _cipher: cipher } = (client as unknown as PacketWriter)._protocol ?? {};
    const encrypt = cipher?.encrypt?.bind(cipher);
    if (!cipher || !encrypt) return;
    cipher.encrypt = (packet) => {
      socket.cork();
      try {
        encrypt(packet);
      } finally {
        socket.uncork();
      }
    };
  });
}
