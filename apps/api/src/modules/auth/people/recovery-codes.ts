import { hash, randomBytes } from 'node:crypto';
import { toBase32 } from './base32.ts';

const CODES = 10;
/** 80 bits: more than anybody tries, and 16 letters to copy. */
const CODE_BYTES = 10;
const CODE = /^[A-Z2-7]{16}$/;

/** As people write them down: `ABCD-EFGH-IJKL-MNOP`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: CODES }, () => toBase32(randomBytes(CODE_BYTES)).replace(/.{4}(?=.)/g, '$&-'));
}

/**
 * What is stored of a code, however it was typed; undefined when it cannot be one. SHA-256 is enough, since there is nothing to guess in 80
 * random bits.
 */
export function recoveryCodeHash(typed: string): string | undefined {
  const code = typed.toUpperCase().replace(/[\s-]/g, '');
  return CODE.test(code) ? hash('sha256', code, 'base64url') : undefined;
}
