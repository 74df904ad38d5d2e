import { Module } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { REDIS } from '../../platform/redis/redis.provider.ts';
import { AuditModule } from '../audit/index.ts';
import { DelegationModule, EntitlementsModule } from '../entitlements/index.ts';
import { RelayModule } from '../relay/index.ts';
import { BodyErrors } from './body-errors.ts';
import { ClientCancels } from './client-cancels.ts';
import { McpController } from './mcp.controller.ts';
import { MemorySessionRouter } from './sessions/memory-session-router.ts';
import { RedisSessionRouter } from './sessions/redis-session-router.ts';
import { SessionRouter } from './sessions/session-router.ts';
import { SseSessions } from './sessions/sse-sessions.ts';
import { SseController } from './sse.controller.ts';
import { CallAdmission } from './tools/call-admission.ts';
import { CallAudit } from './tools/call-audit.ts';
import { DelegatedServers } from './tools/delegated-servers.ts';
import { OthersServers } from './tools/others-servers.ts';
import { RefusedCalls } from './tools/refused-calls.ts';
import { RelayedCalls } from './tools/relayed-calls.ts';
import { ServerChoice } from './tools/server-choice.ts';
import { StandingCalls } from './tools/standing-calls.ts';
import { ToolSurface } from './tools/tool-surface.ts';

const sessionRouter = {
  provide: SessionRouter,
  inject: [REDIS],
  useFactory: (redis: Redis | null): SessionRouter =>
    redis === null ? new MemorySessionRouter() : new RedisSessionRouter(redis),
};

/** What agents talk to. */
@Module({
  imports: [EntitlementsModule, DelegationModule, RelayModule, AuditModule],
  controllers: [McpController, SseController],
  providers: [
    BodyErrors,
    ClientCancels,
    CallAdmission,
    CallAudit,
    OthersServers,
    DelegatedServers,
    RefusedCalls,
    RelayedCalls,
    ServerChoice,
    StandingCalls,
    ToolSurface,
    SseSessions,
    sessionRouter,
  ],
})
export class McpModule {}
