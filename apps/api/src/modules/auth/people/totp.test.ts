import { describe, expect, it } from '@jest/globals';
import { toBase32 } from './base32.ts';
import { codeAt, matchingStep, newTotpKey, stepAt, totpUri } from './totp.ts';

/** The key of the vectors in RFC 4226 appendix D and RFC 6238 appendix B. */
const KEY = Buffer.from('12345678901234567890');
const NOW = Date.parse('2030-01-01T00:00:10Z');
const STEP = stepAt(NOW);

describe('one-time codes', () => {
  it.each(['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'])(
    'are those of RFC 4226: %s',
    (code) => {
      const counters = Array.from({ length: 10 }, (_, i) => codeAt(KEY, i));
      expect(counters).toContain(code);
      expect(codeAt(KEY, counters.indexOf(code))).toBe(code);
    },
  );

  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('are those of RFC 6238 at %d s', (seconds, code) => {
    expect(codeAt(KEY, stepAt(seconds * 1_000), 8)).toBe(code);
    expect(matchingStep(KEY, code.slice(2), seconds * 1_000, null)).toBe(stepAt(seconds * 1_000));
  });

  it.each([
    [-2, undefined],
    [-1, STEP - 1],
    [0, STEP],
    [1, STEP + 1],
    [2, undefined],
  ])('may be %d steps off: %s', (offset, step) => {
    expect(matchingStep(KEY, codeAt(KEY, STEP + offset), NOW, null)).toBe(step);
  });

  it('are not taken twice, nor one from before the last', () => {
    expect(matchingStep(KEY, codeAt(KEY, STEP), NOW, STEP)).toBeUndefined();
    expect(matchingStep(KEY, codeAt(KEY, STEP - 1), NOW, STEP)).toBeUndefined();
    expect(matchingStep(KEY, codeAt(KEY, STEP + 1), NOW, STEP)).toBe(STEP + 1);
  });

  it.each(['', '12345', '1234567', 'abcdef', '１２３４５６', `${codeAt(KEY, STEP)}0`, `${codeAt(KEY, STEP)}\0`])(
    'are not %j',
    (code) => {
      expect(matchingStep(KEY, code, NOW, null)).toBeUndefined();
    },
  );

  it('are of no use with another key', () => {
    expect(matchingStep(newTotpKey(), codeAt(KEY, STEP), NOW, null)).toBeUndefined();
  });
});

describe('the link for an authenticator app', () => {
  it('names issuer and account, escaped', () => {
    const uri = new URL(totpUri(KEY, 'Servonaut a.example:1', 'ada+x@example.com'));
    expect(uri.href).toMatch(/^otpauth:\/\/totp\/Servonaut%20a\.example%3A1:ada%2Bx%40example\.com\?/);
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      issuer: 'Servonaut a.example:1',
      digits: '6',
      period: '30',
    });
    expect(uri.search).not.toContain('+');
  });
});

describe('Base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is that of RFC 4648: %s', (text, encoded) => {
    expect(toBase32(Buffer.from(text))).toBe(encoded);
  });
});
