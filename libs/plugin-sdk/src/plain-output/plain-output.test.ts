import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ControlSequences, OverwrittenLines, plainBytes, plainText } from './index.ts';

const plain = (text: string): string => plainText(Buffer.from(text));

/** The whole of what both make of a text that comes in pieces. */
function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer {
  const [controls, lines] = [new ControlSequences(), new OverwrittenLines()];
  const ends = [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  const shown: Buffer[] = [];
  const pass = (passed: Buffer) => shown.push(Buffer.from(passed));
  for (const piece of pieces) lines.write(controls.write(piece), pass);
  lines.write(controls.end(), pass);
  return Buffer.concat([...shown, lines.end()]);
}

const SEQUENCES = [
  '\u001b[1;31m', '\u001b[K', '\u001b[?25l', '\u001b[38;2;1;2;3m', '\u001b]0;title\u0007', '\u001b]8;;https://example.com\u001b\\', '\u001b(B', '\u001bM', '\u001bP1$r\u001b\\',
  '\u001b_app\u001b\\', '\u001b^pm\u001b\\', '\u009b2J', '\u009d0;tüß✓\u009c', '\u0085', '\u0000', '\u0007', '\u007f', '\u001b', '\u001b[', '\u001b]open', '\u00c2', 'é', '\u00a0', '☃', '😀',
]; // prettier-ignore
/** Bytes, by bytes that mean nothing here: what sequences are made of comes more often. */
const ODD: Readonly<Record<number, number>> = Object.fromEntries(
  [0xc2, 0x9b, 0x9c, 0x9d, 0x1b, 0x5b, 0x5d, 0x5c, 0x07, 0x0d, 0x08, 0x0a].flatMap((byte, index) =>
    Array.from({ length: 8 }, (_, nth) => [0x60 + index * 8 + nth, byte]),
  ),
);
const KEYS = ['\r', '\b', '\n', '\r\n', '\t', 'ab', 'c', '1;', '[', ']', '\\', 'm', ' '];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...SEQUENCES, ...KEYS), fc.string({ unit: 'grapheme', maxLength: 3 })), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));

describe('plain output', () => {
  it.each([
    ['colours', '\u001b[1;31mred\u001b[0m and \u001b[38;5;12mblue\u001b[m', 'red and blue'],
    ['cursor movements', 'a\u001b[2Kb\u001b[10;20Hc\u001b[?1049hd', 'abcd'],
    ['titles', '\u001b]0;a title\u0007text\u001b]2;another\u001b\\.', 'text.'],
    ['hyperlinks, whose text stays', '\u001b]8;;https://example.com\u001b\\here\u001b]8;;\u001b\\', 'here'],
    ['character sets and keypads', '\u001b(B\u001b=\u001b>text\u001b7\u001b8', 'text'],
    ['strings for devices and applications', '\u001bP1;2q#0\u001b\\a\u001b_x\u001b\\b\u001b^y\u001b\\c', 'abc'],
    ['what tmux passes through', '\u001bPtmux;\u001b\u001b[31m\u001b\\text', 'text'],
    ['the eight-bit forms', '\u009b31mred\u009d0;title\u009c.\u0085', 'red.'],
    ['control characters', 'a\u0000b\u0007c\u000bd\u000ce\u007ff', 'abcdef'],
    ['what was cancelled', 'a\u001b[31\u0018b', 'ab'],
  ])('has no %s', (_, written, shown) => {
    expect(plain(written)).toBe(shown);
  });

  it.each([
    ['a progress bar', ' 1%\r 50%\r100%\ndone\n', '100%\ndone\n'],
    ['one that clears its line', ' 1%\r\u001b[K 2%\r\u001b[Kdone\n', 'done\n'],
    ['one without an end', '1%\r2%\r', '2%'],
    ['a spinner', '|\b/\b-\bok\n', 'ok\n'],
    ['overstruck text', 'N\bNA\bA _\bé', 'NA é'],
  ])('shows of %s what a terminal would in the end', (_, written, shown) => {
    expect(plain(written)).toBe(shown);
  });

  it('keeps the line ends of Windows as line feeds, also when they come twice', () => {
    expect(plain('one\r\ntwo\r\r\nthree\r\n')).toBe('one\ntwo\nthree\n');
  });

  it('hides no more than the rest of a line behind a sequence that does not end', () => {
    expect(plain('a\u001b]0;never ends\nb\u001b[1;\nc')).toBe('a\nb\nc');
  });

  it('takes nothing back of a line that no terminal could show', () => {
    const long = 'x'.repeat(10_000);
    expect(plain(`${long}\rsecond\b\rthird\nnext\rline\n`)).toBe(`${long} second third\nline\n`);
  });

  it('is the same bytes, not copied, where there is nothing to take out', () => {
    const bytes = Buffer.from('tab\tand é ☃ 😀\nnext\n');
    expect(plainBytes(bytes)).toBe(bytes);
    expect(new ControlSequences().write(bytes)).toBe(bytes);
  });

  it('is the same however it was cut into pieces', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
        const bytes = Buffer.from(text);
        expect(inPieces(bytes, cuts).toString()).toBe(plainText(bytes));
      }),
      { numRuns: 500 },
    );
    const odd = fc.uint8Array({ max: 0xff, maxLength: 60 }).map((bytes) => bytes.map((byte) => ODD[byte] ?? byte));
    fc.assert(
      fc.property(odd, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        expect(inPieces(Buffer.from(bytes), cuts).toString('hex')).toBe(plainBytes(Buffer.from(bytes)).toString('hex'));
      }),
      { numRuns: 500 },
    );
  });

  it('is the same however long lines were cut into pieces', () => {
    const parts = fc.constantFrom('x'.repeat(4_095), 'y'.repeat(2_000), 'é', '\r', '\b', '\n');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (text, cuts) => {
        const bytes = Buffer.from(text.join(''));
        expect(inPieces(bytes, cuts).equals(plainBytes(bytes))).toBe(true);
      }),
    );
  });

  it('has no control character but tab and line feed, and as many lines as were written', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = plain(text);
        // oxlint-disable-next-line no-control-regex
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(shown.split('\n')).toHaveLength(text.split('\n').length);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves text alone', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value));
    fc.assert(fc.property(text, (value) => expect(plain(value.toWellFormed())).toBe(value.toWellFormed())));
  });
});
