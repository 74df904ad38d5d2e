import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lineShape } from './line-shape.ts';
import { maskedWords } from './masked-line.ts';

const shape = (line: string, seed = 1): number => {
  const bytes = Buffer.from(`before ${line} behind`);
  return lineShape(bytes, 'before '.length, bytes.length - ' behind'.length, seed);
};

describe('the shape of a line', () => {
  it.each([
    ['a number', 'took 17 ms', 'took 3400 ms'],
    ['an IPv4 address', 'from 10.0.0.1 port 22', 'from 192.168.100.200 port 22'],
    ['an IPv6 address', 'from [fe80::1]', 'from [2001:db8::ff]'],
    ['a UUID', 'job deadbeef-0000-4000-8000-000000000000 ended', 'job 1f0440ca-d9fc-4e6a-b8a3-725e9a8c4cb6 ended'],
    ['a hexadecimal id without a digit', 'commit deadbeef ok', 'commit 0123456789abcdef ok'],
    ['a part of a path', 'GET /users/17/orders?page=2', 'GET /users/9000/orders?page=31'],
    ['an instant', '2026-11-22T10:00:00.123Z up', '2026-11-23T11:22:33.4+02:00 up'],
    ['a word with a digit', 'on web-1', 'on db12'],
  ])('leaves out %s', (_what, one, other) => {
    expect(shape(one)).toBe(shape(other));
  });

  it.each([
    ['other words', 'disk is full', 'disk is fine'],
    ['other signs between words', 'a=b', 'a b'],
    ['words that are no hexadecimal id', 'facade', 'decade'],
    ['fewer words', 'a b', 'a b c'],
    ['a variable where the other has a word', 'user 17 is in', 'user bob is in'],
  ])('differs for %s', (_what, one, other) => {
    expect(shape(one)).not.toBe(shape(other));
  });

  it('is another with another seed', () => {
    expect(shape('disk is full', 1)).not.toBe(shape('disk is full', 2));
  });

  it('is the same for two lines exactly when their words are, of which the text is made that is shown', () => {
    const word = fc.constantFrom('ok', 'deadbeef', 'faceaded', 'beef', '17', 'a1', '1a', 'ab-', 'é', '\u{1F600}');
    const line = fc.array(fc.tuple(word, fc.constantFrom(' ', '=', '/')), { maxLength: 6 });
    const written = (parts: readonly (readonly [string, string])[]): string => parts.flat().join('');
    const words = (text: string): string =>
      maskedWords(text.replaceAll(' ', ' | '), { zoneMinutes: 0, now: 0 }).join(' ');
    fc.assert(
      fc.property(line, line, (one, other) => {
        const [a, b] = [written(one), written(other)];
        expect(shape(a) === shape(b)).toBe(words(a) === words(b));
      }),
      { numRuns: 500 },
    );
  });
});
