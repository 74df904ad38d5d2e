import { describe, expect, it } from '@jest/globals';
import { askedTimeout } from './asked-timeout.ts';

describe('the run time that a call asks for', () => {
  it.each([1, 60, 3_600])('is what it says: %d', (asked) => {
    expect(askedTimeout({ timeout_seconds: asked })).toBe(asked);
  });

  it.each([{}, { timeout_seconds: null }])('is none: %j', (args) => {
    expect(askedTimeout(args)).toBeNull();
  });

  it.each([0, -1e6, 60.0005, 3_601, 1e300, Number.NaN, '60', {}, [60], true])('is refused: %p', (asked) => {
    expect(() => askedTimeout({ timeout_seconds: asked })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });
});
