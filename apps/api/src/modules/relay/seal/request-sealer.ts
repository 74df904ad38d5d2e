import type { webcrypto } from 'node:crypto';
import { SEAL_TYPE, type CommandRequest, type Payload, type PublicJwk } from '@servonaut/contracts';
import { CompactEncrypt, CompactSign, importJWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';

/** What is to be published; the payload still in the clear. */
export type ClearRequest = Omit<CommandRequest, 'payload' | 'seal'> & { readonly payload: Payload };

/** Imported keys of executors; importing costs more than using. */
const IMPORTED_KEYS = 10_000;

/**
 * Seals requests, so that the hub can neither read nor forge one: the payload as a compact JWE to the executor's key (RFC 7516, ECDH-ES with
 * X25519 and A256GCM), then all of it as a compact JWS (RFC 7515, EdDSA) whose `aud` is the one executor that may run it.
 */
export class RequestSealer {
  readonly #keys: Pick<CoordinatorKeys, 'sealPrivate' | 'sealPublicJwk'>;
  readonly #executorKeys = new LRUCache<string, webcrypto.CryptoKey>({ max: IMPORTED_KEYS });

  constructor(keys: Pick<CoordinatorKeys, 'sealPrivate' | 'sealPublicJwk'>) {
    this.#keys = keys;
  }

  /** @param publicKey of the executor; null for one that takes the payload in the clear */
  async seal(request: ClearRequest, executorId: string, publicKey: PublicJwk | null): Promise<CommandRequest> {
    const message: CommandRequest = publicKey
      ? { ...request, payload: await this.#encrypt(request.payload, publicKey) }
      : request;
    const bytes = Buffer.from(JSON.stringify(message));
    const header = { alg: 'EdDSA', typ: SEAL_TYPE, kid: this.#keys.sealPublicJwk.kid, aud: executorId };
    const seal = await new CompactSign(bytes).setProtectedHeader(header).sign(this.#keys.sealPrivate);
    return { ...message, seal };
  }

  async #encrypt(payload: Payload, publicKey: PublicJwk): Promise<string> {
    return new CompactEncrypt(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
      .encrypt(await this.#imported(publicKey));
  }

  async #imported({ kty, crv, x }: PublicJwk): Promise<webcrypto.CryptoKey> {
    const known = this.#executorKeys.get(x);
    if (known) return known;
    const key = await importJWK({ kty, crv, x }, 'ECDH-ES');
    this.#executorKeys.set(x, key);
    return key;
  }
}
