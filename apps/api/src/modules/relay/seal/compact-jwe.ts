import { createCipheriv, diffieHellman, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { contentKey } from './content-key.ts';

/** 96 bits, as A256GCM wants it (RFC 7518 section 5.3). Random is safe: every message has a key of its own. */
const IV_BYTES = 12;

/** The key of one message, and the header that tells the recipient how to come by it. */
interface Agreement {
  readonly header: string;
  readonly key: KeyObject;
}

/** Encrypts to one X25519 key: compact serialisation (RFC 7516 section 7.1), ECDH-ES in direct mode, A256GCM. */
export class JweRecipient {
  readonly #publicKey: KeyObject;
  /** Made ahead: agreeing takes longer than all the rest, and a message that has come cannot wait for it. */
  #next: Agreement | undefined;

  constructor(publicKey: KeyObject) {
    this.#publicKey = publicKey;
  }

  /** @throws the error of OpenSSL, each time, when no secret comes of the recipient's key */
  encrypt(plaintext: string): string {
    const { header, key } = this.#next ?? agreeOnKey(this.#publicKey);
    this.#next = undefined;
    setImmediate(() => (this.#next ??= agreeOnKey(this.#publicKey)));
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header));
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    const rest = [iv, ciphertext, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url'));
    // Between header and IV stands the encrypted key; in direct mode there is none.
    return [header, '', ...rest].join('.');
  }
}

/** By an ephemeral key, which is gone with the return. */
function agreeOnKey(publicKey: KeyObject): Agreement {
  const ephemeral = generateKeyPairSync('x25519');
  const { kty, crv, x } = ephemeral.publicKey.export({ format: 'jwk' });
  const header = JSON.stringify({ alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty, crv, x } });
  return {
    header: Buffer.from(header).toString('base64url'),
    key: contentKey(diffieHellman({ privateKey: ephemeral.privateKey, publicKey })),
  };
}
