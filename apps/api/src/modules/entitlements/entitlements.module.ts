import { Module } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { REDIS } from '../../platform/redis/redis.provider.ts';
import { CallCounters } from './counters/call-counters.ts';
import { MemoryCallCounters } from './counters/memory-call-counters.ts';
import { RedisCallCounters } from './counters/redis-call-counters.ts';
import { Entitlements } from './entitlements.ts';
import { OwnEntitlementsController } from './own-entitlements.controller.ts';

/** How much longer than the relay gives a call it counts as running, in milliseconds: what was lost is looked for now and then only. */
const LONGER_MS = 10_000;

async function openCounters(redis: Redis | null): Promise<CallCounters> {
  if (redis === null) return new MemoryCallCounters();
  const counters = new RedisCallCounters(redis);
  await counters.start();
  return counters;
}

function openEntitlements(counters: CallCounters, { entitlements, relay }: AppConfig): Entitlements {
  const besidesRun = relay.ttlSeconds + relay.ackGraceSeconds + relay.resultGraceSeconds;
  return new Entitlements(counters, { ...entitlements, besidesRunMs: besidesRun * 1_000 + LONGER_MS });
}

/** What the caller may do. */
@Module({
  controllers: [OwnEntitlementsController],
  providers: [
    { provide: CallCounters, inject: [REDIS], useFactory: openCounters },
    { provide: Entitlements, inject: [CallCounters, APP_CONFIG], useFactory: openEntitlements },
  ],
  exports: [Entitlements],
})
export class EntitlementsModule {}
