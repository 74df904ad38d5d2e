import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import {
  headText,
  type AuditHead,
  type Sha256,
  type UnsignedAuditHead,
  type VerifySignature,
} from '@servonaut/contracts';
import { ed25519Signer, type CoordinatorKeys, type Ed25519Signer } from '../../platform/secrets/coordinator-keys.ts';

export const sha256: Sha256 = (text) => hash('sha256', text, 'base64url');

/** As `GET /api/admin/audit/heads` shows it. */
export interface HeadKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** The same as `x`: a head that is left from an earlier master secret says itself which key is to be believed for it. */
  readonly kid: string;
}

/** Signs how far a chain goes, with a key from the master secret: whoever can write the database and no more cannot make a chain anew. */
export class HeadSigner {
  /** Ours, and then those from before the master secret was changed. */
  readonly keys: readonly [HeadKey, ...HeadKey[]];
  readonly #signer: Ed25519Signer;
  readonly #verifiers: ReadonlyMap<string, KeyObject>;

  private constructor(signer: Ed25519Signer, keys: readonly [HeadKey, ...HeadKey[]]) {
    this.#signer = signer;
    this.keys = keys;
    this.#verifiers = new Map(keys.map((jwk) => [jwk.kid, createPublicKey({ key: { ...jwk }, format: 'jwk' })]));
  }

  /** @param formerKeys public keys (32 bytes, in base64url) of earlier master secrets, whose heads are believed */
  static async from(
    { derive }: Pick<CoordinatorKeys, 'derive'>,
    formerKeys: readonly string[] = [],
  ): Promise<HeadSigner> {
    const signer = await ed25519Signer(derive('audit/head'));
    return new HeadSigner(signer, [headKey(signer.publicJwk.x), ...formerKeys.map(headKey)]);
  }

  sign(facts: Pick<AuditHead, 'chain' | 'seq' | 'hash' | 'at' | 'first_seq' | 'first_prev'>): AuditHead {
    const head: UnsignedAuditHead = { v: 1, ...facts, kid: this.keys[0].kid };
    return { ...head, signature: this.#signer.sign(Buffer.from(headText(head))).toString('base64url') };
  }

  readonly verifies: VerifySignature = (kid, text, signature) => {
    const key = this.#verifiers.get(kid);
    return key !== undefined && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  };
}

function headKey(x: string): HeadKey {
  return { kty: 'OKP', crv: 'Ed25519', x, kid: x };
}
