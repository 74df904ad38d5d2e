import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fitsServerPattern, principalSchema, serverPatternSchema, WIRE_LIMITS } from './index.ts';

describe('server patterns', () => {
  it.each([
    ['web-1', 'web-1', true],
    ['web-1', 'web-10', false],
    ['web-*', 'web-', true],
    ['*-1', 'web-1', true],
    ['w*b*1', 'web-1', true],
    ['*', '', true],
    ['a*a', 'a', false],
    ['a*b*a', 'aba', true],
    ['a*b*b', 'ab', false],
    ['*ab*ab*', 'ab', false],
    ['', 'web-1', false],
    ['web.1', 'web-1', false],
  ])('%j and %j: %p', (pattern, name, expected) => expect(fitsServerPattern(pattern, name)).toBe(expected));

  it('mean what the regular expression of the same shape means', () => {
    const text = fc.stringMatching(/^[ab]{0,8}$/);
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), text, (pieces, name) => {
        const expected = new RegExp(`^${pieces.join('.*')}$`).test(name);
        expect(fitsServerPattern(pieces.join('*'), name)).toBe(expected);
      }),
    );
  });

  it.each(['', 'web?', 'a b', '[a]', 'x'.repeat(129)])('are refused as %j', (pattern) => {
    expect(serverPatternSchema.safeParse(pattern).success).toBe(false);
  });
});

describe('the servers of a principal', () => {
  const principal = { kind: 'credential', id: '7', label: 'ci-bot' };
  const parses = (servers: unknown) => principalSchema.safeParse({ ...principal, servers }).success;

  it('may be left out, empty, or as many as the wire takes', () => {
    expect(principalSchema.parse(principal)).toEqual(principal);
    expect(parses([])).toBe(true);
    expect(parses(Array.from({ length: WIRE_LIMITS.serverPatterns }, () => 'web-*'))).toBe(true);
  });

  it('are refused when they could not be understood: nobody may take that for no limit', () => {
    for (const servers of [null, 'web-*', ['web?'], Array.from({ length: WIRE_LIMITS.serverPatterns + 1 }, () => '*')])
      expect(parses(servers)).toBe(false);
  });
});
