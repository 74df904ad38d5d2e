import { Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  commandTopic,
  executorIdSchema,
  executorRegistrationSchema,
  executorStatusSchema,
  heartbeatAnswerSchema,
  heartbeatSchema,
  identitySchema,
  legacyHeartbeatSchema,
  mercureTokenSchema,
  openRequestsSchema,
  registerExecutorSchema,
  type ExecutorRegistration,
  type ExecutorStatus,
  type Heartbeat,
  type Identity,
  type LegacyHeartbeat,
  type MercureToken,
  type RegisterExecutor,
} from '@servonaut/contracts';
import { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { Refuses } from '../../../platform/openapi/describe.ts';
import { VERSION } from '../../../platform/version.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../../platform/zod/zod-body.ts';
import { OrScope } from '../../../platform/access/route-access.ts';
import { CurrentPrincipal, RequireScope, type Principal } from '../../auth/index.ts';
import { ExecutorReports } from '../results/executor-reports.ts';
import { HUB_PROTOCOL, HubTokens } from '../strategies/hub-tokens.ts';
import { RELAY_STRATEGY, type RelayStrategy } from '../strategies/relay-strategy.ts';
import { CurrentHolder } from './current-holder.ts';
import type { Holder } from './executor-record.ts';
import { ExecutorRegistry } from './executor-registry.ts';
import { toExecutorStatus } from './executor-status.ts';

const anyHeartbeatSchema = z.union([legacyHeartbeatSchema, heartbeatSchema], {
  error: 'expected executor_id and state, or type and client_id as older executors send them',
});

/** How executors come, stay and go. */
@ApiTags('executors')
@RequireScope('relay:connect')
@Refuses('executor_unknown', 'too_many_requests', 'audit_unavailable')
@Controller('api/cli')
export class ExecutorsController {
  constructor(
    private readonly registry: ExecutorRegistry,
    private readonly reports: ExecutorReports,
    private readonly tokens: HubTokens,
    @Inject(RELAY_STRATEGY) private readonly strategy: RelayStrategy,
    @Inject(COORDINATOR_KEYS) private readonly keys: CoordinatorKeys,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Post('executors')
  @ApiOperation({ summary: 'Register, or register anew' })
  @HttpCode(200)
  @ZodAnswer(200, executorRegistrationSchema, 'All that the executor needs in order to listen.')
  async register(
    @CurrentHolder() holder: Holder,
    @CurrentPrincipal() principal: Principal,
    @ZodBody(registerExecutorSchema) body: RegisterExecutor,
  ): Promise<ExecutorRegistration> {
    const { executorId } = await this.registry.register(holder, body);
    const { token, hub_url, hub_protocol, topic, expires_at } = this.#subscription(principal);
    return {
      executor_id: executorId,
      user_id: principal.userId,
      hub_url,
      hub_protocol,
      topic,
      subscriber_token: token,
      subscriber_token_expires_at: expires_at,
      keys: [this.keys.sealPublicJwk],
      ...this.#beat(),
    };
  }

  @Get('identity')
  @RequireScope('relay:connect')
  @OrScope('credentials', 'admin')
  @ApiOperation({ summary: 'Ask who the token belongs to' })
  @ZodAnswer(200, identitySchema, 'Who the token belongs to, and the keys to pin.')
  identity(@CurrentPrincipal() principal: Principal): Identity {
    const { userId, userName, kind, label, scopes, expiresAt, signedInUntil } = principal;
    return {
      user_id: userId,
      user_name: userName,
      label,
      scopes: [...scopes],
      ...(kind === 'user' && { client: label }),
      expires_at: expiresAt?.toISOString() ?? null,
      ...(signedInUntil && { signed_in_until: signedInUntil.toISOString() }),
      version: VERSION,
      keys: [this.keys.sealPublicJwk],
      server_time: new Date().toISOString(),
    };
  }

  @Get('mercure-token')
  @ApiOperation({ summary: 'Get a token with which to listen at the hub' })
  @ZodAnswer(200, mercureTokenSchema, 'A subscriber token for the topic of this user alone.')
  async mercureToken(
    @CurrentHolder() holder: Holder,
    @CurrentPrincipal() principal: Principal,
    @Query('executor_id', new ZodPipe(executorIdSchema.optional())) executorId: string | undefined,
  ): Promise<MercureToken> {
    await this.registry.checkListener(holder, executorId);
    return this.#subscription(principal);
  }

  @Post('heartbeat')
  @ApiOperation({ summary: 'Say that the executor is there, or that it leaves' })
  @HttpCode(200)
  @ZodAnswer(200, heartbeatAnswerSchema, 'The time here, and when to come again.')
  async heartbeat(
    @CurrentHolder() holder: Holder,
    @ZodBody(anyHeartbeatSchema) body: Heartbeat | LegacyHeartbeat,
  ): Promise<z.output<typeof heartbeatAnswerSchema>> {
    if ('client_id' in body) await this.registry.legacyHeartbeat(holder, body);
    else await this.registry.heartbeat(holder, body);
    return this.#beat();
  }

  @Get('status')
  @ApiOperation({ summary: 'List the executors of the user' })
  @ZodAnswer(200, executorStatusSchema, "What the coordinator believes of this user's executors.")
  async status(@CurrentPrincipal() { userId }: Principal): Promise<ExecutorStatus> {
    return toExecutorStatus(await this.registry.list(userId), new Date());
  }

  @Get('requests')
  @ApiOperation({ summary: 'List the requests that the executor may have missed' })
  @ZodAnswer(
    200,
    openRequestsSchema,
    'Requests for this executor that it has not acknowledged, as they were published.',
  )
  async requests(
    @CurrentHolder() holder: Holder,
    @Query('executor_id', new ZodPipe(executorIdSchema)) executorId: string,
  ): Promise<z.output<typeof openRequestsSchema>> {
    return { requests: await this.reports.openRequests(holder, executorId) };
  }

  #subscription({ userId, kind, id, expiresAt }: Principal): MercureToken & Pick<ExecutorRegistration, 'hub_protocol'> {
    const { hubUrl, subscriberKey } = this.strategy.hub;
    // An access token is one of many of its grant, and says nothing of how long that is good for.
    const until = kind === 'user' ? null : expiresAt;
    const given = this.tokens.subscriber({ userId, credentialId: id, expiresAt: until }, subscriberKey);
    return {
      token: given.token,
      hub_url: hubUrl,
      hub_protocol: HUB_PROTOCOL,
      topic: commandTopic(userId),
      expires_at: given.expiresAt.toISOString(),
    };
  }

  #beat() {
    return {
      server_time: new Date().toISOString(),
      heartbeat_interval_seconds: this.config.relay.heartbeatIntervalSeconds,
    };
  }
}
