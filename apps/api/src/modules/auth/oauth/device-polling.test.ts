import { expect, it } from '@jest/globals';
import { pollInterval } from './device-polling.ts';

it.each([
  [{ points: 1, seconds: 4 }, 5],
  [{ points: 1, seconds: 9 }, 12],
  [{ points: 1_000_000, seconds: 60 }, 1],
])('a device is told to ask less often than %j lets it, in whole seconds: every %d', (limit, seconds) => {
  expect(pollInterval(limit)).toBe(seconds);
});
