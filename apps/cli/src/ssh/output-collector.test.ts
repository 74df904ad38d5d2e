import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OutputCollector } from './output-collector.ts';

const LIMIT = 264;

function collect(bytes: Buffer, cuts: readonly number[] = [], limit = LIMIT) {
  const collector = new OutputCollector(limit);
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    collector.write(bytes.subarray(from, cut));
    from = cut;
  }
  return collector.end();
}

describe('collected output', () => {
  it('is the whole of what fits, however it was cut', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !/[\0\uFFFD]/.test(value));
    fc.assert(
      fc.property(text, fc.array(fc.nat()), (value, cuts) => {
        const whole = collect(Buffer.from(value), cuts, 4_096);
        expect(whole).toEqual({ text: value, bytes: Buffer.byteLength(value), truncated: false, binary: false });
      }),
    );
  });

  it('of any length is head and tail within the bound, whole characters, and accounts for every byte', () => {
    const long = fc.integer({ min: 0, max: 2_000 }).map((length) => 'ab☃é😀\n'.repeat(length / 6 + 1).slice(0, length));
    fc.assert(
      fc.property(long, fc.array(fc.nat()), (value, cuts) => {
        const bytes = Buffer.from(value.toWellFormed().replaceAll('\uFFFD', '?'));
        const { text, truncated } = collect(bytes, cuts);
        expect(text.length).toBeLessThanOrEqual(LIMIT);
        const [, head, left, tail] = /^([^]*)\n\[\.\.\. (\d+) bytes left out \.\.\.\]\n([^]*)$/.exec(text) ?? [];
        expect(truncated).toBe(left !== undefined);
        if (head === undefined || tail === undefined) return expect(text).toBe(bytes.toString());
        expect(text).not.toContain('\uFFFD');
        expect(bytes.toString().startsWith(head)).toBe(true);
        expect(bytes.toString().endsWith(tail)).toBe(true);
        expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + Number(left)).toBe(bytes.length);
      }),
    );
  });

  it('with a NUL anywhere is binary, although the NUL itself was left out', () => {
    const bytes = Buffer.alloc(5_000, 'x');
    bytes[2_500] = 0;
    expect(collect(bytes)).toEqual({ text: '', bytes: 5_000, truncated: true, binary: true });
  });

  it('that is mostly not UTF-8 is binary, a stray byte is not', () => {
    expect(collect(Buffer.from([0x80, 0xff, 0xfe, 0x90])).binary).toBe(true);
    expect(
      collect(Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9]), Buffer.from(' '.repeat(50))])),
    ).toMatchObject({
      binary: false,
      text: `caf\uFFFD${' '.repeat(50)}`,
    });
  });
});
