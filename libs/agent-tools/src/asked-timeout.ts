import { ServonautError, WIRE_LIMITS } from '@servonaut/contracts';

/**
 * The run time that a call asks for, in seconds; null when it asks for none. The schema of the tool, which comes from its executor, may let anything
 * through: it does not decide what is counted as a run time.
 * @throws ServonautError `invalid_request` when it is none from 1 s to the longest of the wire
 */
export function askedTimeout({ timeout_seconds: asked }: Readonly<Record<string, unknown>>): number | null {
  if (asked === undefined || asked === null) return null;
  if (isRunTime(asked)) return asked;
  throw new ServonautError('invalid_request', {
    message: `timeout_seconds: expected a whole number from 1 to ${WIRE_LIMITS.timeoutSeconds}.`,
  });
}

function isRunTime(asked: unknown): asked is number {
  return Number.isInteger(asked) && Number(asked) >= 1 && Number(asked) <= WIRE_LIMITS.timeoutSeconds;
}
