import { createHash } from 'node:crypto';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { LimitName, RateLimit } from './named-limits.ts';
import { RateLimits } from './rate-limits.ts';

/** Longest that somebody waits for a count; then this process counts alone. */
const REDIS_TIMEOUT_MS = 500;

type Limits = Readonly<Record<LimitName, RateLimit>>;

/** Counts by rate-limiter-flexible, each limit with a limiter of its own. */
abstract class FlexibleRateLimits extends RateLimits {
  readonly #limiters: ReadonlyMap<string, RateLimiterAbstract>;

  constructor(limits: Limits, makeLimiter: (name: string, limit: RateLimit) => RateLimiterAbstract) {
    super();
    this.#limiters = new Map(Object.entries(limits).map(([name, limit]) => [name, makeLimiter(name, limit)]));
  }

  async take(limit: LimitName, key: string, cost = 1): Promise<void> {
    try {
      await this.#limiter(limit).consume(hashed(key), cost);
    } catch (refusal) {
      throw refusal instanceof RateLimiterRes ? tooMany(refusal) : refusal;
    }
  }

  async giveBack(limit: LimitName, key: string): Promise<void> {
    await this.#limiter(limit).reward(hashed(key), 1);
  }

  async forgive(limit: LimitName, key: string): Promise<void> {
    await this.#limiter(limit).delete(hashed(key));
  }

  #limiter(limit: LimitName): RateLimiterAbstract {
    const limiter = this.#limiters.get(limit);
    if (limiter) return limiter;
    throw new ServonautError('internal', { detail: `no limit ${limit}` });
  }
}

/** Counts within this process. */
export class MemoryRateLimits extends FlexibleRateLimits {
  constructor(limits: Limits) {
    super(limits, inMemory);
  }
}

/**
 * Counts in every process that shares the Redis. While it is away each process counts for itself: a guesser gets as many tries as there are
 * processes, rather than any number, and nobody is kept from signing in.
 */
export class RedisRateLimits extends FlexibleRateLimits implements OnApplicationShutdown {
  readonly #redis: Redis;

  /** @param redis stays the caller's to close; this makes a connection of its own, on which no command waits for long */
  constructor(limits: Limits, redis: Redis, prefix = 'servonaut') {
    const own = redis.duplicate({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: REDIS_TIMEOUT_MS,
    });
    super(
      limits,
      (name, limit) =>
        new RateLimiterRedis({
          storeClient: own,
          keyPrefix: `${prefix}:limits:${name}`,
          points: limit.points,
          duration: limit.seconds,
          insuranceLimiter: inMemory(name, limit),
        }),
    );
    this.#redis = own.on('error', (error: Error) => logger.debug(`counting alone: ${error.message}`));
  }

  onApplicationShutdown(): void {
    this.#redis.disconnect();
  }
}

const logger = new Logger('RateLimits');

function inMemory(name: string, { points, seconds }: RateLimit): RateLimiterAbstract {
  return new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
}

function hashed(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function tooMany({ msBeforeNext }: RateLimiterRes): ServonautError {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000));
  return new ServonautError('too_many_requests', {
    message: 'This was tried too often.',
    nextStep: `Try again in ${seconds} s.`,
    facts: { retry_after_seconds: seconds },
  });
}
