import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineShapes } from './line-shape.ts';
import { maskedWords } from './masked-line.ts';

const shape = (line: string, seed = 1): number => {
  const bytes = Buffer.from(`before ${line}\nbehind`);
  return new LineShapes(bytes, seed).of('before '.length);
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
    ['a carriage return at the end', 'one line', 'one line\r'],
  ])('leaves out %s', (_what, one, other) => {
    expect(shape(one)).toBe(shape(other));
  });

  it.each([
    ['other words', 'disk is full', 'disk is fine'],
    ['other signs between words', 'a=b', 'a b'],
    ['words that are no hexadecimal id', 'facade', 'decade'],
    ['fewer words', 'a b', 'a b c'],
    ['a carriage return within it', 'one\rline', 'one line'],
    ['statuses after a request', '"GET /a HTTP/1.1" 200 17', '"GET /a HTTP/1.1" 500 17'],
    ['exit codes', 'exited with code 0', 'exited with code 137'],
    ['statuses in JSON', '{"statusCode":200}', '{"statusCode":503}'],
    ['numbers of errors', 'errno=111.', 'errno=113.'],
    ['a variable where the other has a word', 'user 17 is in', 'user bob is in'],
  ])('differs for %s', (_what, one, other) => {
    expect(shape(one)).not.toBe(shape(other));
  });

  it('is another with another seed', () => {
    expect(shape('disk is full', 1)).not.toBe(shape('disk is full', 2));
  });

  it('is the same for two lines exactly when their words are, of which the text is made that is shown', () => {
    const odd = ['deadbeef', 'faceaded', 'beef', '17', 'a1', '1a', 'ab-', 'é', '\u{1F600}'];
    const word = fc.constantFrom('ok', 'code', 'exit:', ':200', '500', '-9.', '1234', '', ...odd);
    const line = fc.array(fc.tuple(word, fc.constantFrom('=', '/', '"')), { minLength: 1, maxLength: 6 });
    const another = fc.tuple(line, fc.nat(5), fc.tuple(word, fc.constantFrom('=', '"')));
    const written = (parts: readonly (readonly [string, string])[]): string => parts.flat().join('');
    const words = (text: string): string => maskedWords(text, { zoneMinutes: 0, now: 0 }, () => true).join(' ');
    fc.assert(
      fc.property(another, ([parts, at, changed]) => {
        const [a, b] = [written(parts), written(parts.with(Math.min(at, parts.length - 1), changed))];
        expect(shape(a) === shape(b)).toBe(words(a) === words(b));
      }),
      { numRuns: 1_000 },
    );
  });
});
