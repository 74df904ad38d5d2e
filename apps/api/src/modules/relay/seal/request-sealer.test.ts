import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  commandRequestSchema,
  payloadHeaderSchema,
  publicJwkSchema,
  SEAL_TYPE,
  sealHeaderSchema,
  type Payload,
  type PublicJwk,
} from '@servonaut/contracts';
import { aCommandRequest } from '@servonaut/testkit';
import fc from 'fast-check';
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
    const { seal = '', ...message } = sealer.seal(request, 'e1', null);
    const { payload } = await verify(seal, keys.sealPublicJwk);
    expect(Buffer.from(payload).toString()).toBe(JSON.stringify(message));
    expect(commandRequestSchema.parse({ ...message, seal })).toEqual({ ...request, seal });
  });

  it('names its type, its key and the one executor that it is for', () => {
    const { seal = '' } = sealer.seal(request, 'e1', null);
    expect(sealHeaderSchema.strict().parse(decodeProtectedHeader(seal))).toEqual({
      alg: 'EdDSA',
      typ: SEAL_TYPE,
      kid: keys.sealPublicJwk.kid,
      aud: 'e1',
    });
  });

  it('does not verify with the key of another coordinator', async () => {
    const other = await deriveKeys(randomBytes(32));
    const { seal = '' } = new RequestSealer(other).seal(request, 'e1', null);
    await expect(verify(seal, keys.sealPublicJwk)).rejects.toThrow('verification failed');
  });

  it('hides the payload from everybody but the executor, inside the seal too', async () => {
    const sealed = sealer.seal(request, 'e1', executor.publicKey);
    const { payload: inner } = await verify(sealed.seal ?? '', keys.sealPublicJwk);
    for (const text of [JSON.stringify(sealed), Buffer.from(inner).toString()])
      expect(text).not.toContain('top-secret');
    const { plaintext, protectedHeader } = await compactDecrypt(String(sealed.payload), executor.privateKey);
    expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual(request.payload);
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', epk: { crv: 'X25519' } });
  });

  it('is encrypted anew each time, by another ephemeral key, also one that was made ahead', async () => {
    const payloads = [];
    for (let turn = 0; turn < 3; turn++) {
      payloads.push(...[1, 2].map(() => String(sealer.seal(request, 'e1', executor.publicKey).payload)));
      await setImmediate();
    }
    const epks = payloads.map((payload) => JSON.stringify(decodeProtectedHeader(payload)['epk']));
    expect(new Set(payloads).size).toBe(6);
    expect(new Set(epks).size).toBe(6);
  });

  it('says in the header of an encrypted payload exactly what an executor takes', () => {
    const { payload } = sealer.seal(request, 'e1', executor.publicKey);
    const header = decodeProtectedHeader(String(payload));
    expect(payloadHeaderSchema.parse(header)).toEqual(header);
  });

  it('is, whatever it holds, what jose verifies and decrypts', async () => {
    const payloads = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(payloads, async (given) => {
        const payload = JSON.parse(JSON.stringify(given)) as Payload;
        const { payload: bytes } = await verify(
          sealer.seal({ ...request, payload }, 'e1', executor.publicKey).seal ?? '',
          keys.sealPublicJwk,
        );
        const sealed = commandRequestSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
        const { plaintext } = await compactDecrypt(String(sealed.payload), executor.privateKey);
        expect(Buffer.from(plaintext).toString()).toBe(JSON.stringify(payload));
      }),
    );
  });

  it('is not encrypted to a point of small order, with which everybody shares the secret', () => {
    const publicKey: PublicJwk = { ...executor.publicKey, x: Buffer.alloc(32).toString('base64url') };
    expect(() => sealer.seal(request, 'e1', publicKey)).toThrow('failed during derivation');
  });
});
