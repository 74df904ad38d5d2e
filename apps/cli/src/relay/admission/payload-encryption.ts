import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  payloadSchema,
  publicJwkSchema,
  ServonautError,
  type CommandRequest,
  type Payload,
  type PublicJwk,
} from '@servonaut/contracts';
import { decryptCompactJwe } from './compact-jwe.ts';

/** The key to which payloads are encrypted. Made anew by each process and never stored: what the hub kept stays unreadable for ever. */
export class PayloadKey {
  readonly publicJwk: PublicJwk;
  readonly #privateKey: KeyObject;

  constructor(publicJwk: PublicJwk, privateKey: KeyObject) {
    this.publicJwk = publicJwk;
    this.#privateKey = privateKey;
  }

  static generate(): PayloadKey {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    return new PayloadKey(publicJwkSchema.parse(publicKey.export({ format: 'jwk' })), privateKey);
  }

  /**
   * The arguments of a sealed request, decrypted (RFC 7516, ECDH-ES with A256GCM) when they are.
   * @throws ServonautError `executor_restarted` when they were encrypted to another key, which is that of an earlier process as the seal is good
   */
  open(payload: CommandRequest['payload']): Payload {
    if (typeof payload !== 'string') return payload;
    try {
      return payloadSchema.parse(JSON.parse(decryptCompactJwe(payload, this.#privateKey).toString()));
    } catch {
      // The causes could quote what was decrypted.
      throw new ServonautError('executor_restarted');
    }
  }
}
