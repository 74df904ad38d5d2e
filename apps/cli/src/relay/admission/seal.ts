import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import {
  commandRequestSchema,
  sealHeaderSchema,
  SEAL_TYPE,
  ServonautError,
  type CommandRequest,
  type PublicJwk,
} from '@servonaut/contracts';
import { fromBase64url, jsonFromBase64url } from './base64url.ts';

/** The agent learns that the seal is bad, the operator's log why. */
const invalid = (detail: string): ServonautError => new ServonautError('seal_invalid', { detail });

/** The coordinator's keys as pinned at login; no other key seals anything for this executor. */
export class PinnedKeys {
  readonly #keys: ReadonlyMap<string, KeyObject>;

  private constructor(keys: ReadonlyMap<string, KeyObject>) {
    this.#keys = keys;
  }

  static import(jwks: readonly PublicJwk[]): PinnedKeys {
    const seals = jwks.filter(({ crv }) => crv === 'Ed25519');
    const entries = seals.flatMap(({ kty, crv, x, kid }) =>
      kid === undefined ? [] : [[kid, createPublicKey({ key: { kty, crv, x }, format: 'jwk' })] as const],
    );
    return new PinnedKeys(new Map(entries));
  }

  get(kid: string): KeyObject {
    const key = this.#keys.get(kid);
    if (!key) throw invalid('sealed with a key that is not pinned');
    return key;
  }
}

/**
 * The request inside a seal (RFC 7515, EdDSA). Only what it returns is to be believed; what stands beside the seal is whatever the hub wrote.
 * All executors of a user share a topic, so what is sealed for another one arrives here every day: it is none of our business.
 * @returns undefined for what names another executor
 * @throws ServonautError `seal_invalid`
 */
export function openSeal(seal: unknown, keys: PinnedKeys, executorId: string): CommandRequest | undefined {
  if (typeof seal !== 'string') throw invalid('no seal');
  const [header = '', payload, signature, ...rest] = seal.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) throw invalid('not a compact JWS');
  const { aud, kid } = parseHeader(header);
  if (aud !== executorId) return undefined;
  if (!fits(`${header}.${payload}`, signature, keys.get(kid))) throw invalid('the signature does not fit');
  return parseSealed(payload);
}

function parseHeader(header: string) {
  const parsed = sealHeaderSchema.safeParse(orUndefined(() => jsonFromBase64url(header)));
  if (!parsed.success) throw invalid(`not a header of a ${SEAL_TYPE}`);
  return parsed.data;
}

function fits(signed: string, signature: string, key: KeyObject): boolean {
  const bytes = orUndefined(() => fromBase64url(signature));
  return bytes !== undefined && verify(null, Buffer.from(signed), key, bytes);
}

function parseSealed(payload: string): CommandRequest {
  const parsed = commandRequestSchema.safeParse(orUndefined(() => jsonFromBase64url(payload)));
  if (!parsed.success) throw invalid('sealed, but not a request');
  return parsed.data;
}

function orUndefined<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
