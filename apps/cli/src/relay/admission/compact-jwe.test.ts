import { createCipheriv, createPublicKey, diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { publicJwkSchema } from '@servonaut/contracts';
import fc from 'fast-check';
import { encrypt } from '../testing/test-seal.ts';
import { decryptCompactJwe } from './compact-jwe.ts';
import { contentKey } from './content-key.ts';

const receiver = generateKeyPairSync('x25519');
const TEXT = '{"command":"uptime"}';
const base64url = (bytes: Buffer): string => bytes.toString('base64url');

/** Encrypts by the book, but for what is given: only what is refused on purpose keeps it from being opened. */
function jwe({ header = {}, epk = {}, ivBytes = 12, tagBytes = 16 } = {}): [string, string, string, string, string] {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const ephemeral = { ...publicKey.export({ format: 'jwk' }), ...epk };
  const protectedHeader = base64url(
    Buffer.from(JSON.stringify({ alg: 'ECDH-ES', enc: 'A256GCM', epk: ephemeral, ...header })),
  );
  const key = contentKey(diffieHellman({ privateKey, publicKey: receiver.publicKey }));
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(protectedHeader));
  const ciphertext = Buffer.concat([cipher.update(TEXT), cipher.final()]);
  return [protectedHeader, '', base64url(iv), base64url(ciphertext), base64url(cipher.getAuthTag())];
}

const open = (parts: readonly string[]): string => decryptCompactJwe(parts.join('.'), receiver.privateKey).toString();

describe('an encrypted payload', () => {
  it('is opened', () => {
    expect(open(jwe())).toBe(TEXT);
  });

  it('is opened, whatever it holds, when jose made it', async () => {
    const key = publicJwkSchema.parse(receiver.publicKey.export({ format: 'jwk' }));
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (given) => {
        expect(open([await encrypt(given, key)])).toBe(JSON.stringify(given));
      }),
    );
  });

  it.each([
    ['another agreement', { alg: 'ECDH-ES+A256KW' }],
    ['another encryption', { enc: 'A128GCM' }],
    ['compression', { zip: 'DEF' }],
    ['party information, which would change the key', { apu: 'QWxpY2U' }],
    ['an extension that must be understood', { crit: ['exp'], exp: 1 }],
    ['no ephemeral key', { epk: undefined }],
  ])('is refused with a header that names %s', (_, header) => {
    expect(() => open(jwe({ header }))).toThrow(expect.objectContaining({ name: 'ZodError' }));
  });

  it.each([
    ['another curve', { crv: 'X448' }],
    ['another type of key', { kty: 'EC' }],
    ['a key of another length', { x: 'AAAA' }],
    ['a private part', { d: 'AAAA' }],
  ])('is refused with an ephemeral key that has %s', (_, epk) => {
    expect(() => open(jwe({ epk }))).toThrow(expect.objectContaining({ name: 'ZodError' }));
  });

  // The points of small order (RFC 7748 section 6.1): the secret would be zero, so that everybody knows the key.
  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ])('is refused with the ephemeral key %s', (point) => {
    const x = base64url(Buffer.from(point, 'hex'));
    expect(createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' }).type).toBe('public');
    expect(() => open(jwe({ epk: { x } }))).toThrow('failed during derivation');
  });

  it('is refused with an encrypted key', () => {
    const [header, , ...rest] = jwe();
    expect(() => open([header, 'AAAA', ...rest])).toThrow('an encrypted key');
  });

  it.each([8, 16])('is refused with an IV of %i bytes', (ivBytes) => {
    expect(() => open(jwe({ ivBytes }))).toThrow('expected 12 bytes');
  });

  it.each([4, 12, 15])('is refused with a tag of %i bytes', (tagBytes) => {
    expect(() => open(jwe({ tagBytes }))).toThrow('expected 16 bytes');
  });

  it.each([
    ['header', 0],
    ['IV', 2],
    ['ciphertext', 3],
    ['tag', 4],
  ])('is refused with another %s', (_, part) => {
    const parts = [...jwe()];
    parts[part] = jwe()[part] as string;
    expect(() => open(parts)).toThrow('Unsupported state or unable to authenticate data');
  });

  it.each([
    ['four parts', (parts: string[]) => parts.slice(0, 4)],
    ['six parts', (parts: string[]) => [...parts, '']],
    ['padding', (parts: string[]) => [...parts.slice(0, 4), `${parts[4]}==`]],
    ['a foreign character', (parts: string[]) => [...parts.slice(0, 3), `${parts[3]} `, parts[4] ?? '']],
    ['a header that is not JSON', (parts: string[]) => ['AAAA', ...parts.slice(1)]],
  ])('is refused with %s', (_, change) => {
    expect(() => open(change([...jwe()]))).toThrow(SyntaxError);
  });
});
