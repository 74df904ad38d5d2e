import { z } from 'zod';

/** In the order in which they follow each other. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof DAYS)[number];

const CLOCK = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;

/** When a window opens, and when it closes. */
export const startTimeSchema = z.string().regex(new RegExp(`^${CLOCK}$`), 'expected HH:MM, from 00:00 to 23:59');
export const endTimeSchema = z
  .string()
  .regex(new RegExp(`^(?:${CLOCK}|24:00)$`), 'expected HH:MM, from 00:00 to 24:00');

export interface Window {
  readonly days?: readonly Day[] | undefined;
  readonly from: string;
  readonly to: string;
  readonly zone: string;
}

/** What the clock on the wall shows. */
interface LocalTime {
  readonly day: number;
  /** `HH:MM`. */
  readonly time: string;
}

/** To make one takes longer than all else of a decision. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  FORMATS.set(zone, made);
  return made;
}

function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export const timeZoneSchema = z.string().refine(isTimeZone, 'is no time zone, such as Europe/Berlin');

function localTime(now: Date, zone: string): LocalTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  const day = DAYS.findIndex((name) => name === parts['weekday']?.toLowerCase());
  return { day, time: `${parts['hour']}:${parts['minute']}` };
}

/**
 * Whether the window is open. It goes by the clock on the wall: an hour that daylight saving leaves out is never in it, and one that comes twice is in it
 * twice. A window across midnight belongs to the day on which it begins.
 */
export function isWithin({ days = DAYS, from, to, zone }: Window, now: Date): boolean {
  const { day, time } = localTime(now, zone);
  const begins = (index: number) => days.includes(DAYS[(index + DAYS.length) % DAYS.length] as Day);
  if (from < to) return begins(day) && from <= time && time < to;
  return (begins(day) && from <= time) || (begins(day - 1) && time < to);
}
