import { type CryptoKey, errors, jwtVerify } from 'jose';
import { MercureError } from '../mercure-error.ts';
import { type MercureGrant, readGrant } from './mercure-claim.ts';

/** RFC 7518 section 3.2: an HS256 key is at least as long as its hash. */
const MIN_SECRET_BYTES = 32;

/** Verifies HS256 tokens of one role. Publishers and subscribers have a key each, so neither passes for the other. */
export class GrantVerifier {
  readonly #key: Promise<CryptoKey>;
  readonly #now: () => number;

  /**
   * @param now Unix time in milliseconds.
   * @throws MercureError `invalid` when the secret is shorter than 32 bytes.
   */
  constructor(secret: Uint8Array, now: () => number) {
    if (secret.length < MIN_SECRET_BYTES) {
      throw new MercureError('invalid', `A key of the hub needs at least ${MIN_SECRET_BYTES} bytes.`);
    }
    this.#key = crypto.subtle.importKey('raw', new Uint8Array(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    this.#now = now;
  }

  /** Undefined for every token that is not valid now: signature, algorithm, `exp`, `nbf` and the shape of the claim. */
  async verify(token: string): Promise<MercureGrant | undefined> {
    try {
      const { payload } = await jwtVerify(token, await this.#key, {
        algorithms: ['HS256'],
        currentDate: new Date(this.#now()),
      });
      return readGrant(payload);
    } catch (error) {
      // Why a token is wrong is of use to a forger only.
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
