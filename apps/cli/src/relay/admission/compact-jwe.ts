import { createDecipheriv, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { payloadHeaderSchema } from '@servonaut/contracts';
import { fromBase64url, jsonFromBase64url } from './base64url.ts';
import { contentKey } from './content-key.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Decrypts what was encrypted to this key: compact serialisation (RFC 7516 section 7.1), ECDH-ES in direct mode, A256GCM.
 * @param privateKey X25519
 * @throws Error for whatever is wrong with it; not to be shown to whoever sent it
 */
export function decryptCompactJwe(jwe: string, privateKey: KeyObject): Buffer {
  const [header = '', encryptedKey, iv = '', ciphertext = '', tag = '', ...rest] = jwe.split('.');
  if (rest.length > 0) throw new SyntaxError('too many parts');
  if (encryptedKey !== '') throw new SyntaxError('an encrypted key, where the key is agreed on directly');
  const { epk } = payloadHeaderSchema.parse(jsonFromBase64url(header));
  // OpenSSL refuses the all-zero secret, which a point of small order would give (RFC 7748 section 6.1).
  const sharedSecret = diffieHellman({ privateKey, publicKey: createPublicKey({ key: epk, format: 'jwk' }) });
  const decipher = createDecipheriv('aes-256-gcm', contentKey(sharedSecret), bytesOf(iv, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(header)).setAuthTag(bytesOf(tag, TAG_BYTES));
  return Buffer.concat([decipher.update(fromBase64url(ciphertext)), decipher.final()]);
}

/** A shorter tag would be easier to guess, and another length of IV is another algorithm. */
function bytesOf(text: string, length: number): Buffer {
  const bytes = fromBase64url(text);
  if (bytes.length !== length) throw new SyntaxError(`expected ${length} bytes`);
  return bytes;
}
