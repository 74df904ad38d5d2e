import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Credentials } from '../session/credentials.ts';
import { warnOfEnd } from './sign-in-end.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const WHO = {
  url: 'https://coordinator.example',
  user_id: '42',
  user_name: 'ada',
  label: 'Servonaut command line',
  pinned_keys: [],
  logged_in_at: '2026-11-22T10:00:00.000Z',
};

function signedIn(until?: number): Credentials {
  const session = '00000000-0000-4000-8000-000000000000';
  const end = until === undefined ? {} : { until: new Date(until).toISOString() };
  return { ...WHO, sign_in: { session, tokens_in: 'file', ...end } };
}

describe('the end of a sign-in', () => {
  let warnings: string[];
  let stop: () => void;

  const watch = (credentials: Credentials): void => {
    stop = warnOfEnd({ name: 'prod' }, credentials, (message) => warnings.push(message));
  };

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    warnings = [];
  });
  afterEach(() => {
    stop();
    jest.useRealTimers();
  });

  it('is told of at once when it is near, with what to do', () => {
    watch(signedIn(NOW + 3.5 * DAY_MS));
    expect(warnings).toEqual([
      'This sign-in ends in 4 days (2026-11-25). Before that, run "servonaut login --profile prod" and start this again.',
    ]);
  });

  it('is told of once a day from 14 days before, and not after it', () => {
    watch(signedIn(NOW + 30.5 * DAY_MS));
    jest.advanceTimersByTime(16 * DAY_MS);
    expect(warnings).toEqual([]);
    jest.advanceTimersByTime(DAY_MS);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('in 14 days');
    jest.advanceTimersByTime(30 * DAY_MS);
    expect(warnings).toHaveLength(14);
    expect(warnings.at(-1)).toContain('within a day');
  });

  it('is told of no more once nobody watches', () => {
    watch(signedIn(NOW + DAY_MS));
    stop();
    jest.advanceTimersByTime(DAY_MS);
    expect(warnings).toHaveLength(1);
  });

  it.each<[string, Credentials]>([
    ['a token that was given', { ...WHO, token: 't' }],
    ['a sign-in of a coordinator that does not say', signedIn()],
    ['a sign-in that is over', signedIn(NOW - 1)],
  ])('is nothing to be told of for %s', (_, credentials) => {
    watch(credentials);
    jest.advanceTimersByTime(2 * DAY_MS);
    expect(warnings).toEqual([]);
  });
});
