import type { Provider } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { REDIS } from '../redis/redis.provider.ts';
import { MemoryRateLimits, RedisRateLimits } from './flexible-rate-limits.ts';
import { RateLimits } from './rate-limits.ts';

export const rateLimitsProvider: Provider = {
  provide: RateLimits,
  inject: [APP_CONFIG, REDIS],
  useFactory: ({ rateLimits }: AppConfig, redis: Redis | null): RateLimits =>
    redis ? new RedisRateLimits(rateLimits, redis) : new MemoryRateLimits(rateLimits),
};
