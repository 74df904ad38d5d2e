import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { DATABASE, type DatabaseConnection } from './database/database.ts';
import { DATABASE_CONNECTION, databaseProviders } from './database/database.provider.ts';
import { ProblemFilter } from './errors/problem.filter.ts';
import { HealthController } from './health/health.controller.ts';
import { HealthChecks } from './health/health-checks.ts';
import { rateLimitsProvider } from './limits/rate-limits.provider.ts';
import { RateLimits } from './limits/rate-limits.ts';
import { MetricsController } from './metrics/metrics.controller.ts';
import { EarlyHandlers } from './http/early-handlers.ts';
import { EntityTagInterceptor } from './http/entity-tag.interceptor.ts';
import { METRICS, metricsProvider } from './metrics/metrics.provider.ts';
import { REDIS, redisProvider } from './redis/redis.provider.ts';
import { COORDINATOR_KEYS, coordinatorKeysProvider } from './secrets/coordinator-keys.ts';

/**
 * What every module stands on: logs, errors, database, Redis, keys, limits, health, metrics. Connections close in `onApplicationShutdown`, so modules
 * finish their own work in `onModuleDestroy` or `beforeApplicationShutdown`.
 */
@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    ...databaseProviders,
    redisProvider,
    coordinatorKeysProvider,
    metricsProvider,
    rateLimitsProvider,
    HealthChecks,
    EarlyHandlers,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_INTERCEPTOR, useClass: EntityTagInterceptor },
  ],
  exports: [DATABASE, DATABASE_CONNECTION, REDIS, COORDINATOR_KEYS, METRICS, HealthChecks, EarlyHandlers, RateLimits],
})
export class PlatformModule implements OnApplicationShutdown {
  constructor(
    @Inject(DATABASE_CONNECTION) private readonly database: DatabaseConnection,
    @Inject(REDIS) private readonly redis: Redis | null,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.redis?.disconnect();
    await this.database.close();
  }
}
