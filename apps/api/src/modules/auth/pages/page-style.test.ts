import { describe, expect, it } from '@jest/globals';
import { PAGE_STYLE } from './page-style.ts';

/** The colours of one scheme, by name. */
function coloursOf(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{3,6})/g)].map(([, name = '', colour = '']) => [name, colour]),
  );
}

/** Relative luminance, as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const digits =
    colour.length === 4 ? Array.from(colour.slice(1), (digit) => digit + digit) : colour.slice(1).match(/../g);
  const [red = 0, green = 0, blue = 0] = (digits ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const [LIGHT = '', DARK = ''] = PAGE_STYLE.split('@media (prefers-color-scheme: dark)');

describe.each([
  ['light', coloursOf(LIGHT)],
  ['dark', coloursOf(DARK)],
])('the %s colours', (_, colours) => {
  it.each([
    ['ink', 'paper', 4.5],
    ['quiet', 'paper', 4.5],
    ['accent', 'paper', 4.5],
    ['ink', 'field', 4.5],
    ['on-accent', 'accent', 4.5],
    ['alert', 'alert-paper', 4.5],
    // Edges of fields.
    ['quiet', 'field', 3],
  ])('let %s be read on %s', (front, back, least) => {
    expect(contrast(colours.get(front) ?? '', colours.get(back) ?? '')).toBeGreaterThanOrEqual(least);
  });
});
