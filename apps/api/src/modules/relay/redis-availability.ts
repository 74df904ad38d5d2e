import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Redis } from 'ioredis';

/** How long one command may take, in milliseconds: a Redis that is away must not hold an agent. */
const COMMAND_TIMEOUT_MS = 5_000;

/** A connection of its own for commands, each of which fails rather than wait for a Redis that is away. */
export function duplicateForCommands(redis: Redis): Redis {
  return quiet(redis.duplicate({ commandTimeout: COMMAND_TIMEOUT_MS }));
}

/** A connection of its own for subscribing, which comes back with its subscriptions. */
export function duplicateForMessages(redis: Redis): Redis {
  return quiet(redis.duplicate());
}

/** The same bound for a connection that has none. @throws ServonautError `unavailable` */
export async function withinCommandTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('Command timed out')), COMMAND_TIMEOUT_MS);
  try {
    return await orUnavailable(Promise.race([answer, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** The answer of Redis, or `unavailable` with the reason kept for the log. */
export async function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ServonautError) throw cause;
    throw new ServonautError('unavailable', { cause, detail: 'Redis did not answer' });
  }
}

/** The connection that was duplicated says loudly that Redis is away; once is enough. */
function quiet(connection: Redis): Redis {
  return connection.on('error', (error: Error) =>
    new Logger('Redis').debug(`connection of the relay: ${error.message}`),
  );
}
