import { randomUUID } from 'node:crypto';
import { SEAL_TYPE, type CommandRequest, type PublicJwk } from '@servonaut/contracts';
import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';

/** A coordinator's seal key. */
export interface SealKey {
  readonly jwk: PublicJwk;
  readonly privateKey: CryptoKey;
}

export async function makeSealKey(kid: string = randomUUID()): Promise<SealKey> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const { x } = await exportJWK(publicKey);
  return { jwk: { kty: 'OKP', crv: 'Ed25519', x: x ?? '', kid, alg: 'EdDSA', use: 'sig' }, privateKey };
}

/** The request with its seal, as a coordinator publishes it. `header` overrides the protected header. */
export async function seal(
  request: CommandRequest,
  executorId: string,
  key: SealKey,
  header: Record<string, unknown> = {},
): Promise<CommandRequest> {
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  const protectedHeader = { alg: 'EdDSA', typ: SEAL_TYPE, kid: key.jwk.kid ?? '', aud: executorId, ...header };
  const jws = await new CompactSign(bytes).setProtectedHeader(protectedHeader).sign(key.privateKey);
  return { ...request, seal: jws };
}

export async function encrypt(payload: unknown, to: PublicJwk): Promise<string> {
  const key = await importJWK(to as JWK, 'ECDH-ES');
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  return new CompactEncrypt(bytes).setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' }).encrypt(key);
}
