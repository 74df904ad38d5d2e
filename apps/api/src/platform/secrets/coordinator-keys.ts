import { createPrivateKey, createPublicKey, hkdfSync, sign, type KeyObject } from 'node:crypto';
import type { Provider } from '@nestjs/common';
import type { PublicJwk } from '@servonaut/contracts';
import { calculateJwkThumbprint } from 'jose';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { masterSecret } from './master-secret.ts';

/** Injection token of the `CoordinatorKeys`. */
export const COORDINATOR_KEYS = Symbol('CoordinatorKeys');

/** A `PublicJwk` of which everything is known. */
export interface SealPublicJwk extends PublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}

/** What `SealedBox` is used for. */
export type SealPurpose =
  | 'oauth/record-seal'
  | 'oauth/refresh-token'
  | 'oauth/keys'
  | 'people/totp'
  | 'people/attempt'
  | 'people/passkey'
  | 'people/upstream'
  | 'people/browser'
  | 'rest/answer';

/** What a key is derived for where it is used. */
export type KeyPurpose =
  | SealPurpose
  | 'oauth/record-id'
  | 'oauth/cookies'
  | 'people/csrf'
  | 'audit/head'
  | 'audit/arguments'
  | 'audit/journal';

/** All keys of a coordinator, each from the one master secret (docs/adr/0004-one-master-secret.md). */
export interface CoordinatorKeys {
  /** Signs the seal of command requests by Ed25519 (RFC 8032). A function and not a key, so that no holder of these can hand the key out. */
  readonly signSeal: (bytes: Uint8Array) => Buffer;
  /** What executors pin at login. `kid` is the thumbprint of RFC 7638. */
  readonly sealPublicJwk: SealPublicJwk;
  /** HS256 keys of the embedded hub. */
  readonly hubPublisherKey: Uint8Array;
  readonly hubSubscriberKey: Uint8Array;
  /** 32 bytes for one purpose; the same each time. */
  readonly derive: (purpose: KeyPurpose) => Uint8Array;
  /** HMAC key of the ids of executors. */
  readonly executorIdKey: Uint8Array;
}

/** PKCS #8 header of an Ed25519 private key (RFC 8410 section 7); the 32-byte seed follows. */
const ED25519_PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Derives the keys (HKDF-SHA256, RFC 5869). The purposes are part of the format: changing one changes the key. */
export async function deriveKeys(secret: Uint8Array): Promise<CoordinatorKeys> {
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', secret, '', `servonaut/v1/${purpose}`, 32));
  const seal = await ed25519Signer(derive('seal/ed25519'));
  return {
    signSeal: seal.sign,
    sealPublicJwk: seal.publicJwk,
    hubPublisherKey: derive('hub/publisher/hs256'),
    hubSubscriberKey: derive('hub/subscriber/hs256'),
    derive,
    executorIdKey: derive('executor-id/hmac-sha256'),
  };
}

/** Signs by Ed25519 (RFC 8032) with the key of a seed of 32 bytes, which stays inside. */
export interface Ed25519Signer {
  readonly sign: (bytes: Uint8Array) => Buffer;
  readonly publicJwk: SealPublicJwk;
}

export async function ed25519Signer(seed: Uint8Array): Promise<Ed25519Signer> {
  const pkcs8 = Buffer.concat([ED25519_PKCS8_HEADER, seed]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { sign: (bytes) => sign(null, bytes, key), publicJwk: await publicJwk(key) };
}

async function publicJwk(privateKey: KeyObject): Promise<SealPublicJwk> {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const bare = { kty: 'OKP', crv: 'Ed25519', x } as const;
  return { ...bare, kid: await calculateJwkThumbprint(bare), alg: 'EdDSA', use: 'sig' };
}

export const coordinatorKeysProvider: Provider = {
  provide: COORDINATOR_KEYS,
  inject: [APP_CONFIG],
  useFactory: async (config: AppConfig): Promise<CoordinatorKeys> => deriveKeys(await masterSecret(config)),
};
