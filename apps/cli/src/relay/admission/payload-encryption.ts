import {
  payloadSchema,
  publicJwkSchema,
  ServonautError,
  type CommandRequest,
  type Payload,
  type PublicJwk,
} from '@servonaut/contracts';
import { compactDecrypt, exportJWK, generateKeyPair, type CryptoKey } from 'jose';

/** The key to which payloads are encrypted. Made anew by each process and never stored: what the hub kept stays unreadable for ever. */
export class PayloadKey {
  readonly publicJwk: PublicJwk;
  readonly #privateKey: CryptoKey;

  constructor(publicJwk: PublicJwk, privateKey: CryptoKey) {
    this.publicJwk = publicJwk;
    this.#privateKey = privateKey;
  }

  static async generate(): Promise<PayloadKey> {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'X25519' });
    return new PayloadKey(publicJwkSchema.parse(await exportJWK(publicKey)), privateKey);
  }

  /**
   * The arguments of a sealed request, decrypted (RFC 7516, ECDH-ES with A256GCM) when they are.
   * @throws ServonautError `seal_invalid` when they were encrypted to another key or are not arguments
   */
  async open(payload: CommandRequest['payload']): Promise<Payload> {
    if (typeof payload !== 'string') return payload;
    try {
      const { plaintext } = await compactDecrypt(payload, this.#privateKey, {
        keyManagementAlgorithms: ['ECDH-ES'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      return payloadSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
    } catch {
      // The causes would tell a forger apart what failed, and could quote what was decrypted.
      throw new ServonautError('seal_invalid', {
        message: 'The arguments of the request are not encrypted to this executor.',
        nextStep: 'Ask again: the executor has registered a new key since.',
      });
    }
  }
}
