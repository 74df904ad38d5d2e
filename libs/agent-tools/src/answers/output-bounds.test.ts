import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clip as clipWithin, clipStreams as clipStreamsWithin } from './output-bounds.ts';

const clip = (text: string, length: number) => clipWithin(text, { length, bytes: null });
const clipStreams = (stdout: string, stderr: string, length: number) =>
  clipStreamsWithin(stdout, stderr, { length, bytes: null });
const LEFT_OUT = /\n\[\.\.\. -?\d+ characters left out(?:, from offset \d+)? \.\.\.\]\n/;

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

  it('says from which byte on something is left out', () => {
    const { stdout } = clipStreams('é'.repeat(100), '', 10);
    expect(stdout.text).toBe('ééééé\n[... 90 characters left out, from offset 10 ...]\nééééé');
  });

  it('shows no more than the limit of both together', () => {
    const visible = (text: string) => text.replace(LEFT_OUT, '').length;
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 2, max: 300 }), (out, err, limit) => {
        const { stdout, stderr } = clipStreams('o'.repeat(out), 'e'.repeat(err), limit);
        expect(visible(stdout.text) + visible(stderr.text)).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('a bound in bytes', () => {
  const shown = (text: string) => text.replace(LEFT_OUT, '');
  const bounds = fc.record({ length: fc.integer({ min: 1, max: 60 }), bytes: fc.integer({ min: 0, max: 90 }) });
  const texts = fc.string({ unit: 'grapheme', maxLength: 100 });

  it('keeps head and tail within it, and leaves alone what fits', () => {
    expect(clipWithin('é'.repeat(4), { length: 99, bytes: 8 })).toEqual({ text: 'éééé', clipped: false });
    const { text, clipped } = clipWithin('éaèbùc', { length: 99, bytes: 6 });
    expect([text, clipped]).toEqual(['éa\n[... 2 characters left out ...]\nùc', true]);
  });

  it('is never exceeded, by characters either, and leaves no half a character', () => {
    fc.assert(
      fc.property(texts, bounds, (text, limits) => {
        const { text: kept } = clipWithin(text.toWellFormed(), limits);
        expect(shown(kept).length).toBeLessThanOrEqual(limits.length);
        expect(Buffer.byteLength(shown(kept))).toBeLessThanOrEqual(limits.bytes);
        expect(kept.isWellFormed()).toBe(true);
        expect(kept).not.toMatch(/\[\.\.\. -/);
      }),
    );
  });

  it('is one for both streams', () => {
    fc.assert(
      fc.property(texts, texts, bounds, (out, err, limits) => {
        const { stdout, stderr } = clipStreamsWithin(out.toWellFormed(), err.toWellFormed(), limits);
        expect(Buffer.byteLength(shown(stdout.text) + shown(stderr.text))).toBeLessThanOrEqual(limits.bytes);
      }),
    );
  });
});
