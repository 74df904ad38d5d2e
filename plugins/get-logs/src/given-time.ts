import { ServonautError } from '@servonaut/plugin-sdk';
import type { TimeBounds } from './time-window.ts';

const ISO = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/;
const AGO = /^(\d{1,6}) ?(?:(second|minute|hour|day|week)s? ago|([smhdw]))$/;
const UNITS = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;
const MILLIS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };

type Unit = keyof typeof MILLIS;

/** How long ago "2 hours ago" and "2h" are; undefined for anything else. */
function agoOf(text: string): { readonly count: number; readonly unit: Unit } | undefined {
  const [, count, unit, letter] = AGO.exec(text) ?? [];
  if (count === undefined) return undefined;
  return { count: Number(count), unit: (unit as Unit | undefined) ?? UNITS[letter as keyof typeof UNITS] };
}

/** The same as systemd and GNU date say it, for a server that goes by its own clock; undefined for anything else. */
export function agoInWords(text: string): string | undefined {
  const ago = agoOf(text);
  return ago && `${ago.count} ${ago.unit}${ago.count === 1 ? '' : 's'} ago`;
}

/** Milliseconds since 1970 of an ISO 8601 time with its zone, or of "2 hours ago" and "2h"; undefined for anything else. */
export function givenTime(text: string, now = Date.now()): number | undefined {
  const ago = agoOf(text);
  if (ago) return now - ago.count * MILLIS[ago.unit];
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
    message: `${JSON.stringify(text)} is no time. Give an ISO 8601 time with its zone, such as 2026-11-22T10:00:00Z, or "2 hours ago", or "2h".`,
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
