import { z } from 'zod';

/** The years that all of us write with four digits, and that PostgreSQL takes; there is none between 1 BC and 1 AD. */
const FIRST = Date.parse('0001-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant that somebody sends: ISO 8601 with any offset, in the years 1 to 9999 of UTC. */
export const givenInstantSchema = z.iso.datetime({ offset: true }).refine((text) => {
  const at = Date.parse(text);
  return at >= FIRST && at <= LAST;
}, 'expected a year from 1 to 9999');
