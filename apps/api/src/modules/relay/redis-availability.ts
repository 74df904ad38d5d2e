import { ServonautError } from '@servonaut/contracts';

/** How long one command may take, in milliseconds: a Redis that is away must not hold an agent. */
export const REDIS_COMMAND_TIMEOUT_MS = 5_000;

/** The answer of Redis, or `unavailable` with the reason kept for the log. */
export async function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ServonautError) throw cause;
    throw new ServonautError('unavailable', { cause, detail: 'Redis did not answer' });
  }
}
