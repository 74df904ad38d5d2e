import { describe, expect, it } from '@jest/globals';
import { limitsFrom } from './credential-limits.ts';
import { readExpiry } from './given-limits.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');

describe('when something is to end', () => {
  it.each([
    ['90m', '2026-11-22T11:30:00.000Z'],
    ['12h', '2026-11-22T22:00:00.000Z'],
    ['30d', '2026-12-22T10:00:00.000Z'],
    ['1w', '2026-11-29T10:00:00.000Z'],
    ['2027-01-31T12:00:00+01:00', '2027-01-31T11:00:00.000Z'],
    ['never', null],
  ])('is %s', (given, instant) => {
    expect(readExpiry(given, NOW)).toBe(instant);
  });

  it.each(['30', '1y', 'tomorrow', '2027', '-1d', ''])('is not "%s"', (given) => {
    expect(() => readExpiry(given, NOW)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('the limits of a credential', () => {
  it('say nothing of what no flag says', async () => {
    expect(await limitsFrom({})).toEqual({});
  });

  it('count all tools together by one rule', async () => {
    expect(await limitsFrom({ 'per-day': 500, concurrent: 0 })).toEqual({
      rules: { '*': { per_day: 500, concurrent: 0 } },
    });
  });

  it('are taken away by name', async () => {
    expect(await limitsFrom({ lift: ['expires', 'servers'] })).toEqual({ expires_at: null, servers: null });
  });
});
