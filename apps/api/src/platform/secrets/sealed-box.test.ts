import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { deriveKeys } from './coordinator-keys.ts';
import { sealedBox } from './sealed-box.ts';

const TEXT = 'JBSWY3DPEHPK3PXP';
const keys = await deriveKeys(randomBytes(32));
const box = sealedBox(keys, 'people/totp');

function refusal(open: () => string): ServonautError {
  try {
    open();
  } catch (error) {
    if (error instanceof ServonautError) return error;
  }
  throw new Error('expected a refusal');
}

describe('a sealed box', () => {
  it.each([TEXT, '', 'ä€𝄞', 'x'.repeat(100_000)])('gives back what was put in', (text) => {
    expect(box.open(box.seal(text, 'user 1'), 'user 1')).toBe(text);
  });

  it('is opened by every process of the same master secret', async () => {
    const secret = randomBytes(32);
    const [one, other] = await Promise.all([deriveKeys(secret), deriveKeys(secret)]);
    const sealed = sealedBox(one, 'oauth/keys').seal(TEXT, 'kid');
    expect(sealedBox(other, 'oauth/keys').open(sealed, 'kid')).toBe(TEXT);
  });

  it('never looks the same twice, and shows nothing of what is in it', () => {
    const [one, other] = [box.seal(TEXT, 'user 1'), box.seal(TEXT, 'user 1')];
    expect(one).not.toBe(other);
    expect(one).toMatch(/^[\w-]+$/);
    expect(Buffer.from(one, 'base64url').includes(TEXT)).toBe(false);
  });

  it('does not open for another purpose', () => {
    const sealed = box.seal(TEXT, 'user 1');
    expect(refusal(() => sealedBox(keys, 'people/attempt').open(sealed, 'user 1')).code).toBe('internal');
  });

  it('does not open in another place than the one it was sealed for', () => {
    const sealed = box.seal(TEXT, 'user 1');
    expect(refusal(() => box.open(sealed, 'user 2')).code).toBe('internal');
    expect(refusal(() => box.open(sealed, '')).code).toBe('internal');
  });

  it('does not open under another master secret', async () => {
    const elsewhere = sealedBox(await deriveKeys(randomBytes(32)), 'people/totp');
    expect(refusal(() => elsewhere.open(box.seal(TEXT, 'user 1'), 'user 1')).code).toBe('internal');
  });

  it('does not open when any of its bytes was altered', () => {
    const sealed = Buffer.from(box.seal(TEXT, 'user 1'), 'base64url');
    for (const at of sealed.keys()) {
      const altered = Buffer.from(sealed);
      altered[at]! ^= 1;
      expect(refusal(() => box.open(altered.toString('base64url'), 'user 1')).code).toBe('internal');
    }
  });

  it('does not open when it was cut, however short, and no short tag is taken for a whole one', () => {
    const sealed = Buffer.from(box.seal(TEXT, 'user 1'), 'base64url');
    for (const length of sealed.keys())
      expect(refusal(() => box.open(sealed.subarray(0, length).toString('base64url'), 'user 1')).code).toBe('internal');
  });

  it('says which purpose failed in the log only, and never what was in it', () => {
    const { message, detail } = refusal(() => box.open(box.seal(TEXT, 'user 1'), 'user 2'));
    expect(message).not.toContain('people/totp');
    expect(detail).toContain('people/totp');
    expect(detail).not.toContain(TEXT);
  });
});
