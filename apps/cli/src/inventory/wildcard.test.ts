import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchesWildcard } from './wildcard.ts';

it.each([
  ['web-*', 'web-1', true],
  ['web-*', 'web-', true],
  ['web-?', 'web-', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['*a*b', 'xaxb', true],
  ['*a*b', 'xbxa', false],
  ['a.c', 'abc', false],
])('%j against %j is %s', (pattern, text, expected) => {
  expect(matchesWildcard(pattern, text)).toBe(expected);
});

it('agrees with the regular expression of the same meaning', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const regex = new RegExp(`^${pattern.replaceAll('?', '.').replace(/\*+/g, '.*')}$`);
      expect(matchesWildcard(pattern, text)).toBe(regex.test(text));
    }),
    { numRuns: 2_000 },
  );
});

it('does not take longer for a hostile pattern', () => {
  const started = performance.now();
  expect(matchesWildcard('*a'.repeat(200), 'a'.repeat(10_000) + 'b')).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});
