import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clip, clipStreams } from './output-bounds.ts';

describe('clip', () => {
  it('leaves alone what fits', () => {
    expect(clip('four', 4)).toEqual({ text: 'four', clipped: false });
  });

  it('keeps head and tail and counts what is left out', () => {
    expect(clip('abcdefghij', 4)).toEqual({ text: 'ab\n[... 6 characters left out ...]\nij', clipped: true });
  });

  it('never leaves half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, limit) => clip(text, limit).text.isWellFormed()),
    );
  });
});

describe('clipStreams', () => {
  it('gives to one stream what the other does not need', () => {
    const { stdout, stderr } = clipStreams('x'.repeat(90), 'oops', 100);
    expect([stdout.clipped, stderr.clipped]).toEqual([false, false]);
  });

  it('lets neither starve the other', () => {
    const { stdout, stderr } = clipStreams('o'.repeat(1_000), 'e'.repeat(1_000), 100);
    expect(stdout.text.match(/o/g)!.length).toBeGreaterThan(49);
    expect(stderr.text.match(/e/g)!.length).toBeGreaterThan(49);
  });

  it('shows no more than the limit of both together', () => {
    const visible = (text: string) => text.replace(/\n\[\.\.\. \d+ characters left out \.\.\.\]\n/, '').length;
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 2, max: 300 }), (out, err, limit) => {
        const { stdout, stderr } = clipStreams('o'.repeat(out), 'e'.repeat(err), limit);
        expect(visible(stdout.text) + visible(stderr.text)).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
