import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  commandRequestSchema,
  publicJwkSchema,
  SEAL_TYPE,
  sealHeaderSchema,
  type PublicJwk,
} from '@servonaut/contracts';
import { aCommandRequest } from '@servonaut/testkit';
import {
  compactDecrypt,
  compactVerify,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from 'jose';
import { deriveKeys, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { RequestSealer, type ClearRequest } from './request-sealer.ts';

let keys: CoordinatorKeys;
let executor: { privateKey: CryptoKey; publicKey: PublicJwk };
let sealer: RequestSealer;
const request = aCommandRequest({ executor_id: 'e1', payload: { command: 'echo top-secret' } }) as ClearRequest;

beforeAll(async () => {
  keys = await deriveKeys(randomBytes(32));
  const pair = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true });
  executor = { privateKey: pair.privateKey, publicKey: publicJwkSchema.parse(await exportJWK(pair.publicKey)) };
  sealer = new RequestSealer(keys);
});

const verify = async (seal: string, by: PublicJwk) => compactVerify(seal, await importJWK(by as JWK, 'EdDSA'));

describe('a sealed request', () => {
  it('is signed over exactly the message that travels beside the seal', async () => {
    const { seal = '', ...message } = await sealer.seal(request, 'e1', null);
    const { payload } = await verify(seal, keys.sealPublicJwk);
    expect(Buffer.from(payload).toString()).toBe(JSON.stringify(message));
    expect(commandRequestSchema.parse({ ...message, seal })).toEqual({ ...request, seal });
  });

  it('names its type, its key and the one executor that it is for', async () => {
    const { seal = '' } = await sealer.seal(request, 'e1', null);
    expect(sealHeaderSchema.strict().parse(decodeProtectedHeader(seal))).toEqual({
      alg: 'EdDSA',
      typ: SEAL_TYPE,
      kid: keys.sealPublicJwk.kid,
      aud: 'e1',
    });
  });

  it('does not verify with the key of another coordinator', async () => {
    const other = await deriveKeys(randomBytes(32));
    const { seal = '' } = await new RequestSealer(other).seal(request, 'e1', null);
    await expect(verify(seal, keys.sealPublicJwk)).rejects.toThrow('verification failed');
  });

  it('hides the payload from everybody but the executor, inside the seal too', async () => {
    const sealed = await sealer.seal(request, 'e1', executor.publicKey);
    const { payload: inner } = await verify(sealed.seal ?? '', keys.sealPublicJwk);
    for (const text of [JSON.stringify(sealed), Buffer.from(inner).toString()])
      expect(text).not.toContain('top-secret');
    const { plaintext, protectedHeader } = await compactDecrypt(String(sealed.payload), executor.privateKey);
    expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual(request.payload);
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', epk: { crv: 'X25519' } });
  });

  it('is encrypted anew each time', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => sealer.seal(request, 'e1', executor.publicKey)));
    expect(first?.payload).not.toBe(second?.payload);
  });
});
