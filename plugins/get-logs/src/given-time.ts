import { ServonautError } from '@servonaut/plugin-sdk';
import type { TimeBounds } from './time-window.ts';

const ISO = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/;
const AGO = /^(\d{1,6}) ?(minute|hour|day)s? ago$/;
const MILLIS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Milliseconds since 1970 of an ISO 8601 time with its zone, or of "2 hours ago"; undefined for anything else. */
export function givenTime(text: string, now = Date.now()): number | undefined {
  const [, count, unit] = AGO.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * MILLIS[unit as keyof typeof MILLIS];
  const millis = ISO.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis;
}

/** @throws ServonautError as `instantOf` does */
export function isoTime(text: string): string {
  return new Date(instantOf(text)).toISOString();
}

/**
 * Milliseconds since 1970.
 * @throws ServonautError `invalid_request` for a time that only journalctl might understand
 */
export function instantOf(text: string): number {
  const millis = givenTime(text);
  if (millis !== undefined) return millis;
  throw new ServonautError('invalid_request', {
    message: `${JSON.stringify(text)} is no time. Give an ISO 8601 time with its zone, such as 2026-11-22T10:00:00Z, or "2 hours ago".`,
  });
}

/** @throws ServonautError as `instantOf` does */
export function boundsOf({
  since,
  until,
}: {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}): TimeBounds | undefined {
  if (since === undefined && until === undefined) return undefined;
  return {
    since: since === undefined ? undefined : instantOf(since),
    until: until === undefined ? undefined : instantOf(until),
  };
}
