import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LINE_BYTES, LineSplitter } from './line-splitter.ts';

function linesOf(text: string, sizes: readonly number[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter({
    line: (bytes, start, end) => lines.push(Buffer.from(bytes.subarray(start, end)).toString('latin1')),
    settle: () => undefined,
  });
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    // Given away as its owner would: nothing of it may be looked at afterwards.
    const chunk = Uint8Array.from(bytes.subarray(at, at + size));
    splitter.write(chunk);
    chunk.fill(0);
    at += size;
  }
  splitter.end();
  return lines;
}

describe('the lines of what comes in chunks', () => {
  it('are the same however it is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r'), maxLength: 60 });
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(text, sizes, (given, cuts) => {
        const whole = given.split('\n').map((line) => line.replace(/\r$/, ''));
        expect(linesOf(given, cuts).filter(Boolean)).toEqual(whole.filter(Boolean));
      }),
    );
  });

  it.each([100, 1_000_000])('are cut where they are too long, in chunks of %i bytes', (size) => {
    const long = 'x'.repeat(3 * LINE_BYTES);
    expect(linesOf(`a\n${long}\nb\n${long}`, [size])).toEqual([
      'a',
      'x'.repeat(LINE_BYTES),
      'b',
      'x'.repeat(LINE_BYTES),
    ]);
  });
});
