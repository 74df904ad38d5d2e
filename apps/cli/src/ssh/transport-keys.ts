import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Client } from 'ssh2';

/** The parts of ssh2 1.17 that hold the keys of AES-GCM. They are not part of its interface: one that is not there is left alone. */
interface TransportKeys {
  readonly _protocol?: {
    readonly _cipher?: { _encKey?: Buffer | KeyObject };
    readonly _decipher?: { _decipherKey?: Buffer | KeyObject };
  };
}

/**
 * Has ssh2 give Node the keys of AES-GCM in Node's own form. It makes a new cipher for each packet, and Node 24 takes about 30 µs to look at a
 * key that comes as bytes: a third of the processor time of a command. A new key exchange makes new keys, and is a handshake again.
 */
export function prepareTransportKeys(client: Client): void {
  client.on('handshake', () => {
    const { _cipher, _decipher } = (client as unknown as TransportKeys)._protocol ?? {};
    if (Buffer.isBuffer(_cipher?._encKey)) _cipher._encKey = createSecretKey(_cipher._encKey);
    if (Buffer.isBuffer(_decipher?._decipherKey)) _decipher._decipherKey = createSecretKey(_decipher._decipherKey);
  });
}
