import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Redis } from 'ioredis';
import { APP_CONFIG, loadConfig } from '../../../config/app-config.ts';
import { rateLimitsProvider } from '../../../platform/limits/rate-limits.provider.ts';
import { REDIS } from '../../../platform/redis/redis.provider.ts';
import { Revocations, TokenVerifier } from '../../auth/index.ts';
import { EntitlementsModule, ReceivedDelegations } from '../../entitlements/index.ts';
import { Relay } from '../../relay/index.ts';
import { BodyErrors } from '../body-errors.ts';
import { ClientCancels } from '../client-cancels.ts';
import { McpController } from '../mcp.controller.ts';
import { MemorySessionRouter } from '../sessions/memory-session-router.ts';
import { RedisSessionRouter } from '../sessions/redis-session-router.ts';
import { SessionRouter } from '../sessions/session-router.ts';
import { SseSessions } from '../sessions/sse-sessions.ts';
import { SseController } from '../sse.controller.ts';
import { CallAdmission } from '../tools/call-admission.ts';
import { CallAudit } from '../tools/call-audit.ts';
import { DelegatedServers } from '../tools/delegated-servers.ts';
import { OthersServers } from '../tools/others-servers.ts';
import { RefusedCalls } from '../tools/refused-calls.ts';
import { RelayedCalls } from '../tools/relayed-calls.ts';
import { ServerChoice } from '../tools/server-choice.ts';
import { StandingCalls } from '../tools/standing-calls.ts';
import { ToolSurface } from '../tools/tool-surface.ts';
import { receivedFrom } from './a-tool-surface.ts';
import { FakeGuard, FakeTokenVerifier } from './fake-access.ts';
import { FakeRelay } from './fake-relay.ts';
import { RecordedAudit } from './recorded-audit.ts';

export interface McpTestApp {
  readonly url: string;
  readonly relay: FakeRelay;
  readonly audit: RecordedAudit;
  readonly verifier: FakeTokenVerifier;
  readonly revocations: Revocations;
  close(): Promise<void>;
}

export interface McpTestOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Given: the sessions are reachable through it, and calls are counted in it. */
  readonly redis?: Redis;
  /** Given: shared with another process of the test. */
  readonly relay?: FakeRelay;
}

/** What modules have from the platform. */
@Module({})
class Ground {}

/** The module on a free port, with a fake relay behind it and words for tokens. */
export async function startMcp({
  environment = {},
  redis,
  relay = new FakeRelay(),
}: McpTestOptions = {}): Promise<McpTestApp> {
  const verifier = new FakeTokenVerifier();
  const audit = new RecordedAudit();
  const router = redis ? new RedisSessionRouter(redis) : new MemorySessionRouter();
  const ground = [
    { provide: APP_CONFIG, useValue: loadConfig(environment) },
    { provide: REDIS, useValue: redis ?? null },
  ];
  const module = await Test.createTestingModule({
    imports: [{ module: Ground, global: true, providers: ground, exports: ground }, EntitlementsModule],
    controllers: [McpController, SseController],
    providers: [
      BodyErrors,
      rateLimitsProvider,
      { provide: CallAudit, useValue: audit.calls },
      CallAdmission,
      OthersServers,
      DelegatedServers,
      RefusedCalls,
      RelayedCalls,
      ServerChoice,
      StandingCalls,
      { provide: ReceivedDelegations, useValue: receivedFrom(new Map()) },
      ToolSurface,
      ClientCancels,
      SseSessions,
      { provide: Relay, useValue: relay },
      Revocations,
      { provide: TokenVerifier, useValue: verifier },
      { provide: SessionRouter, useValue: router },
      { provide: APP_GUARD, useClass: FakeGuard },
    ],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: ['error', 'warn'] });
  app.useBodyParser('json', { limit: '4mb' });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const revocations = app.get(Revocations);
  return { url: `http://127.0.0.1:${port}`, relay, audit, verifier, revocations, close: () => app.close() };
}
