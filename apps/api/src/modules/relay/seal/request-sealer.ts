import { createPublicKey } from 'node:crypto';
import { SEAL_TYPE, type CommandRequest, type Payload, type PublicJwk } from '@servonaut/contracts';
import { LRUCache } from 'lru-cache';
import type { CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { JweRecipient } from './compact-jwe.ts';
import { compactJws } from './compact-jws.ts';

/** What is to be published; the payload still in the clear. */
export type ClearRequest = Omit<CommandRequest, 'payload' | 'seal'> & { readonly payload: Payload };

/** Executors whose keys are kept imported; importing costs as much as using. */
const KNOWN_RECIPIENTS = 10_000;

/**
 * Seals requests, so that the hub can neither read nor forge one: the payload as a compact JWE to the executor's key (RFC 7516, ECDH-ES with
 * X25519 and A256GCM), then all of it as a compact JWS (RFC 7515, EdDSA) whose `aud` is the one executor that may run it.
 * Why not through a library, and what proves that it is the same: docs/adr/0008-sealing-with-node-crypto.md.
 */
export class RequestSealer {
  readonly #keys: Pick<CoordinatorKeys, 'signSeal' | 'sealPublicJwk'>;
  readonly #recipients = new LRUCache<string, JweRecipient>({ max: KNOWN_RECIPIENTS });

  constructor(keys: Pick<CoordinatorKeys, 'signSeal' | 'sealPublicJwk'>) {
    this.#keys = keys;
  }

  /** @param publicKey of the executor; null for one that takes the payload in the clear */
  seal(request: ClearRequest, executorId: string, publicKey: PublicJwk | null): CommandRequest {
    const { signSeal, sealPublicJwk } = this.#keys;
    const message: CommandRequest = publicKey
      ? { ...request, payload: this.#recipient(publicKey).encrypt(JSON.stringify(request.payload)) }
      : request;
    const header = { alg: 'EdDSA', typ: SEAL_TYPE, kid: sealPublicJwk.kid, aud: executorId } as const;
    return { ...message, seal: compactJws(header, JSON.stringify(message), signSeal) };
  }

  #recipient({ kty, crv, x }: PublicJwk): JweRecipient {
    const known = this.#recipients.get(x);
    if (known) return known;
    const recipient = new JweRecipient(createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
    this.#recipients.set(x, recipient);
    return recipient;
  }
}
