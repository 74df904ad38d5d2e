import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';
import type { CoordinatorKeys, SealPurpose } from './coordinator-keys.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps text that the coordinator has to read again, and whoever steals the database must not: AES-256-GCM with a random nonce, which is good for
 * 2^32 texts a key (NIST SP 800-38D section 8.3).
 */
export interface SealedBox {
  /** @param about names the place that the text is for, such as a table and its key: it opens nowhere else */
  seal(text: string, about: string): string;

  /** @throws ServonautError `internal` when it was sealed for another purpose, about something else, with another master secret, or was altered. */
  open(sealed: string, about: string): string;
}

export function sealedBox(keys: Pick<CoordinatorKeys, 'derive'>, purpose: SealPurpose): SealedBox {
  const key = keys.derive(purpose);
  return {
    seal: (text, about) => seal(key, text, about),
    open: (sealed, about) => {
      try {
        return open(key, Buffer.from(sealed, 'base64url'), about);
      } catch (cause) {
        throw new ServonautError('internal', { detail: `what is sealed for ${purpose} does not open`, cause });
      }
    },
  };
}

function seal(key: Uint8Array, text: string, about: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Without the length of the tag, a cut one would be enough (RFC 5116 section 5.1 wants all 16 bytes). */
function open(key: Uint8Array, sealed: Buffer, about: string): string {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(about))
    .setAuthTag(sealed.subarray(Math.max(NONCE_BYTES, sealed.length - TAG_BYTES)));
  return decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
