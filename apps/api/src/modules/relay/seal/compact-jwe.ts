import { createCipheriv, diffieHellman, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { contentKey } from './content-key.ts';

/** 96 bits, as A256GCM wants it (RFC 7518 section 5.3). Random is safe: every message has a key of its own. */
const IV_BYTES = 12;

/**
 * Compact serialisation (RFC 7516 section 7.1) by ECDH-ES in direct mode, with an ephemeral key for each message, and A256GCM.
 * @param publicKey X25519
 */
export function compactJwe(plaintext: string, publicKey: KeyObject): string {
  const ephemeral = generateKeyPairSync('x25519');
  const { kty, crv, x } = ephemeral.publicKey.export({ format: 'jwk' });
  const header = Buffer.from(JSON.stringify({ alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty, crv, x } })).toString(
    'base64url',
  );
  const key = contentKey(diffieHellman({ privateKey: ephemeral.privateKey, publicKey }));
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  const [ivText, cipherText, tagText] = [iv, ciphertext, cipher.getAuthTag()].map((bytes) =>
    bytes.toString('base64url'),
  );
  // Between header and IV stands the encrypted key; in direct mode there is none.
  return `${header}..${ivText}.${cipherText}.${tagText}`;
}
