import { ServonautError, WIRE_LIMITS } from '@servonaut/contracts';
import { z } from 'zod';

const timeoutSchema = z.int().min(1).max(WIRE_LIMITS.timeoutSeconds).optional();

/**
 * `timeout_seconds` is every tool's, so no tool's own input knows it.
 * @throws ServonautError `invalid_request` when it is not a whole number of seconds within the wire's bounds
 */
export function splitTimeout(input: Readonly<Record<string, unknown>>): {
  timeoutSeconds?: number;
  payload: Record<string, unknown>;
} {
  const { timeout_seconds, ...payload } = input;
  const parsed = timeoutSchema.safeParse(timeout_seconds);
  if (!parsed.success)
    throw new ServonautError('invalid_request', {
      message: `timeout_seconds: expected 1 to ${WIRE_LIMITS.timeoutSeconds}.`,
    });
  return { payload, ...(parsed.data !== undefined && { timeoutSeconds: parsed.data }) };
}
