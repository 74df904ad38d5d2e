import { hash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const SECRET_ID = /^[\w-]{43}$/;

/** What a link or a cookie holds: 256 random bits, in base64url. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is stored instead, and found by: nothing can be guessed of 256 random bits, so neither speed nor the time of a search tells anything. */
export function secretId(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** What is no id is not looked for: some of what people send is nothing that a database takes. */
export function isSecretId(text: string): boolean {
  return SECRET_ID.test(text);
}
