import { describe, expect, it } from '@jest/globals';
import { agoInWords, givenTime, instantOf } from './given-time.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');

describe('a time that is given', () => {
  it.each([
    ['2026-11-22T09:00:00Z', 1, null],
    ['2026-11-22T10:00:00+01:00', 1, null],
    ['1 hour ago', 1, '1 hour ago'],
    ['60 minutes ago', 1, '60 minutes ago'],
    ['1h', 1, '1 hour ago'],
    ['60m', 1, '60 minutes ago'],
    ['3600 s', 1, '3600 seconds ago'],
    ['2d', 48, '2 days ago'],
    ['1w', 168, '1 week ago'],
  ])('%s is %d hours before now', (text, hours, words) => {
    expect(givenTime(text, NOW)).toBe(NOW - hours * 3_600_000);
    expect(agoInWords(text) ?? null).toBe(words);
  });

  it.each(['today', '1 month ago', '2026-11-22', '1 h ago', '-1h', '1234567h', ''])(
    '%s is none that is known everywhere',
    (text) => {
      expect(givenTime(text, NOW)).toBeUndefined();
      expect(() => instantOf(text)).toThrow('Give an ISO 8601 time');
    },
  );
});
