import { z } from 'zod';

/** Milliseconds since the epoch, with a fraction. */
const instantSchema = z.number();

/**
 * When a request was where, each not before the one above it, by the coordinator's clock. What the executor says is corrected by the difference of
 * the clocks as far as that can be measured: over a network, `received` and `ended` are off by up to the time that a message takes.
 */
export const requestInstantsSchema = z.object({
  /** The coordinator had the call: authenticated, parsed and allowed. */
  taken: instantSchema,
  /** The hub had the request. */
  published: instantSchema,
  /** The executor had it. */
  received: instantSchema,
  /** It was verified, decrypted and journalled, and began to run. */
  started: instantSchema,
  ended: instantSchema,
  /** The coordinator had the result and answered. */
  answered: instantSchema,
});
export type RequestInstants = z.infer<typeof requestInstantsSchema>;

/** Key of a tool result's `_meta`, which clients do not show to models, under which the instants stand. */
export const INSTANTS_META = 'servonaut/instants';

/** The time now as instants tell it: `Date.now()` with the fraction that it leaves out, unless the system's clock was set since this process began. */
export function instantNow(): number {
  const wholeMs = Date.now();
  return Math.min(Math.max(performance.timeOrigin + performance.now(), wholeMs), wholeMs + 1);
}
