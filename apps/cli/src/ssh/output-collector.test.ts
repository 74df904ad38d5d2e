import { describe, expect, it } from '@jest/globals';
import { plainText } from '@servonaut/plugin-sdk/plain-output';
import fc from 'fast-check';
import { OutputCollector, type CollectedOutput } from './output-collector.ts';

function collect(
  bytes: Buffer,
  { cuts = [], limit = 4_096, raw = false }: { cuts?: readonly number[]; limit?: number; raw?: boolean } = {},
): CollectedOutput & { told: string } {
  let told = '';
  const collector = new OutputCollector({ limit, raw, onText: (text) => (told += text) });
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    collector.write(bytes.subarray(from, cut));
    from = cut;
  }
  return { ...collector.end(), told };
}

const PARTS = [
  '\u001b[1;31m',
  '\u001b]0;title\u0007',
  '\u001b]8;;x\u001b\\',
  '\r',
  '\b',
  '\n',
  '\t',
  'é',
  '☃',
  '😀',
  '\u009b0m',
  'text',
];
const written = fc
  .array(fc.oneof(fc.constantFrom(...PARTS), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 40 })
  .map((parts) =>
    parts
      .join('')
      .toWellFormed()
      .replaceAll(/[\0\uFFFD]/g, ''),
  );
const cuts = fc.array(fc.nat(), { maxLength: 20 });

describe('collected output', () => {
  it('is what a terminal would show in the end, of all the bytes that came, however they were cut', () => {
    fc.assert(
      fc.property(written, cuts, (text, at) => {
        const bytes = Buffer.from(text);
        const { told: _, ...end } = collect(bytes, { cuts: at });
        expect(end).toEqual({ text: plainText(bytes), bytes: bytes.length, truncated: false, binary: false });
      }),
    );
  });

  it('is told of as it comes in whole characters and without escape sequences, however it was cut', () => {
    fc.assert(
      fc.property(written, cuts, (text, at) => {
        const { told } = collect(Buffer.from(text), { cuts: at });
        expect(told).toBe(collect(Buffer.from(text)).told);
        // oxlint-disable-next-line no-control-regex
        expect(told).not.toMatch(/[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f\uFFFD]/);
      }),
    );
  });

  it('is as it came when it is asked for raw', () => {
    fc.assert(
      fc.property(written, cuts, (text, at) => {
        expect(collect(Buffer.from(text), { cuts: at, raw: true }).text).toBe(text);
      }),
    );
  });

  it('is whole where only a progress bar was long', () => {
    const bar = Array.from({ length: 5_000 }, (_, at) => `\r${at} of 5000`).join('');
    const end = collect(Buffer.from(`begin\n${bar}\ndone\n`), { limit: 300 });
    expect(end).toMatchObject({ text: 'begin\n4999 of 5000\ndone\n', truncated: false, bytes: 12 + bar.length });
  });

  it('with a NUL anywhere is binary, although the NUL itself was left out', () => {
    const bytes = Buffer.alloc(5_000, 'x');
    bytes[2_500] = 0;
    expect(collect(bytes, { limit: 300 })).toMatchObject({ text: '', bytes: 5_000, truncated: true, binary: true });
  });

  it('that is mostly not UTF-8 is binary, a stray byte is not', () => {
    expect(collect(Buffer.from([0x80, 0xff, 0xfe, 0x90])).binary).toBe(true);
    expect(
      collect(Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9]), Buffer.from(' '.repeat(50))])),
    ).toMatchObject({ binary: false, text: `caf\uFFFD${' '.repeat(50)}` });
  });
});
