import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeadAndTail } from './head-and-tail.ts';

const LIMIT = 280;

function shown(bytes: Buffer, cuts: readonly number[], limit = LIMIT): { text: string; isCut: boolean } {
  const kept = new HeadAndTail(limit);
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    kept.write(bytes.subarray(from, cut));
    from = cut;
  }
  return { text: kept.text(), isCut: kept.isCut };
}

describe('head and tail', () => {
  it('are the whole of what fits, however it was cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.array(fc.nat()), (value, cuts) => {
        const written = value.toWellFormed();
        expect(shown(Buffer.from(written), cuts, 4_096)).toEqual({ text: written, isCut: false });
      }),
    );
  });

  it('of any length are within the bound, whole characters, and account for every byte', () => {
    const long = fc.integer({ min: 0, max: 2_000 }).map((length) => 'ab☃é😀\n'.repeat(length / 6 + 1).slice(0, length));
    fc.assert(
      fc.property(long, fc.array(fc.nat()), (value, cuts) => {
        const bytes = Buffer.from(value.toWellFormed().replaceAll('\uFFFD', '?'));
        const { text, isCut } = shown(bytes, cuts);
        expect(text.length).toBeLessThanOrEqual(LIMIT);
        const pattern = /^([^]*)\n\[\.\.\. (\d+) bytes left out, from offset (\d+) \.\.\.\]\n([^]*)$/;
        const [, head, left, offset, tail] = pattern.exec(text) ?? [];
        expect(isCut).toBe(left !== undefined);
        if (head === undefined || tail === undefined) return expect(text).toBe(bytes.toString());
        expect(text).not.toContain('\uFFFD');
        expect(bytes.toString().startsWith(head)).toBe(true);
        expect(bytes.toString().endsWith(tail)).toBe(true);
        expect(Number(offset)).toBe(Buffer.byteLength(head));
        expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + Number(left)).toBe(bytes.length);
      }),
    );
  });
});
