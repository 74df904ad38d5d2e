import {
  commandRequestSchema,
  sealHeaderSchema,
  SEAL_TYPE,
  ServonautError,
  type CommandRequest,
  type PublicJwk,
} from '@servonaut/contracts';
import { compactVerify, decodeProtectedHeader, importJWK, type CryptoKey, type JWK } from 'jose';

/** The agent learns that the seal is bad, the operator's log why. */
const invalid = (detail: string): ServonautError => new ServonautError('seal_invalid', { detail });

/** The coordinator's keys as pinned at login; no other key seals anything for this executor. */
export class PinnedKeys {
  readonly #keys: ReadonlyMap<string, CryptoKey>;

  private constructor(keys: ReadonlyMap<string, CryptoKey>) {
    this.#keys = keys;
  }

  static async import(jwks: readonly PublicJwk[]): Promise<PinnedKeys> {
    const seals = jwks.filter((jwk) => jwk.crv === 'Ed25519' && jwk.kid !== undefined);
    const entries = seals.map(
      async (jwk) => [jwk.kid ?? '', (await importJWK(jwk as JWK, 'EdDSA')) as CryptoKey] as const,
    );
    return new PinnedKeys(new Map(await Promise.all(entries)));
  }

  get(kid: string): CryptoKey {
    const key = this.#keys.get(kid);
    if (!key) throw invalid('sealed with a key that is not pinned');
    return key;
  }
}

/**
 * The request inside a seal (RFC 7515, EdDSA). Only what it returns is to be believed; what stands beside the seal is whatever the hub wrote.
 * @throws ServonautError `seal_invalid`
 */
export async function openSeal(seal: unknown, keys: PinnedKeys, executorId: string): Promise<CommandRequest> {
  if (typeof seal !== 'string') throw invalid('no seal');
  const header = sealHeaderSchema.safeParse(decodeHeader(seal));
  if (!header.success) throw invalid(`not a header of a ${SEAL_TYPE}`);
  // Sealed for another executor: the hub repeats to us what was asked of that one.
  if (header.data.aud !== executorId) throw invalid('sealed for another executor');
  return parseSealed(await verifiedBytes(seal, keys.get(header.data.kid)));
}

function decodeHeader(seal: string): unknown {
  try {
    return decodeProtectedHeader(seal);
  } catch {
    return undefined;
  }
}

async function verifiedBytes(seal: string, key: CryptoKey): Promise<Uint8Array> {
  try {
    return (await compactVerify(seal, key, { algorithms: ['EdDSA'] })).payload;
  } catch {
    throw invalid('the signature does not fit');
  }
}

function parseSealed(bytes: Uint8Array): CommandRequest {
  const parsed = commandRequestSchema.safeParse(parseJson(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw invalid('sealed, but not a request');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
