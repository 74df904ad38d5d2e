import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The text of a credential: `svn_<id>_<secret>`. The prefix lets secret scanners find it, the id finds the row without a search by
 * secret, and the secret is 256 random bits in base64url.
 */
const TOKEN = /^svn_([0-9a-f]{16})_([\w-]{43})$/;

const ID_BYTES = 8;
const SECRET_BYTES = 32;

export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

export function newTokenParts(): TokenParts {
  return { id: randomBytes(ID_BYTES).toString('hex'), secret: randomBytes(SECRET_BYTES).toString('base64url') };
}

export function tokenText({ id, secret }: TokenParts): string {
  return `svn_${id}_${secret}`;
}

/** The parts of a well-formed token, or undefined. */
export function parseToken(text: string): TokenParts | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}

/**
 * What is stored instead of the secret. One round of SHA-256 is enough: slow hashes make up for guessable secrets, and 256
 * random bits cannot be guessed at any speed.
 */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Stands in for the hash of a credential that does not exist; no secret hashes to it. */
const NO_HASH = Buffer.alloc(32).toString('base64url');

/** Compares without telling by its time where the difference is, nor whether there was anything to compare with. */
export function secretMatches(secret: string, storedHash: string | undefined): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(storedHash ?? NO_HASH));
}
