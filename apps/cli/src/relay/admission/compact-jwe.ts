import { createDecipheriv, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { payloadHeaderSchema } from '@servonaut/contracts';
import { fromBase64url, jsonFromBase64url } from './base64url.ts';
import { contentKey } from './content-key.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** What stands before the key itself in the form in which X25519 keys are exchanged (RFC 8410 section 4): 12 bytes, so that base64 goes on behind it. */
const KEY_INFO = 'MCowBQYDK2VuAyEA';

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
  const sharedSecret = diffieHellman({ privateKey, publicKey: publicKeyOf(epk) });
  const decipher = createDecipheriv('aes-256-gcm', contentKey(sharedSecret), bytesOf(iv, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(header)).setAuthTag(bytesOf(tag, TAG_BYTES));
  return Buffer.concat([decipher.update(fromBase64url(ciphertext)), decipher.final()]);
}

/** Its text is what Node 24 looks at least long: of an object or bytes it finds out with exceptions of its own that they are no KeyObject. */
function publicKeyOf({ x }: { readonly x: string }): KeyObject {
  const key = `${KEY_INFO}${fromBase64url(x).toString('base64')}`;
  return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----`);
}

/** A shorter tag would be easier to guess, and another length of IV is another algorithm. */
function bytesOf(text: string, length: number): Buffer {
  const bytes = fromBase64url(text);
  if (bytes.length !== length) throw new SyntaxError(`expected ${length} bytes`);
  return bytes;
}
