import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { ServonautError, type PublicJwk } from '@servonaut/contracts';

/**
 * Agrees on a secret with the key once and forgets it. A point of low order has the right shape and yet no secret comes of it
 * (RFC 7748 section 6.1): told here it is the executor's fault, told later it would be the fault of every call.
 * @throws ServonautError `invalid_request`
 */
export function tryExecutorKey({ kty, crv, x }: PublicJwk): void {
  try {
    const publicKey = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
    diffieHellman({ privateKey: generateKeyPairSync('x25519').privateKey, publicKey });
  } catch (cause) {
    throw new ServonautError('invalid_request', {
      message: 'public_key: nothing can be encrypted to this key.',
      cause,
    });
  }
}
