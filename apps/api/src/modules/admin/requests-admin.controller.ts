import { Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  requestIdSchema,
  requestSchema,
  requestsSchema,
  serverNameSchema,
  toolNameSchema,
  type RequestBody,
} from '@servonaut/contracts';
import { z } from 'zod';
import { PageCursor, pageFields } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, type Principal } from '../auth/index.ts';
import { RequestAdministration, type RequestRecord } from '../relay/index.ts';
import { AdminController } from './admin-controller.ts';
import { userIdParameter } from './admin-schemas.ts';

const querySchema = z.strictObject({
  ...pageFields,
  user_id: userIdParameter.optional(),
  state: z.enum(['open', 'finished']).optional(),
  tool: toolNameSchema.optional(),
  server: serverNameSchema.optional(),
});

/** Where the requests of a user have all been seen, there is no id. */
const cursor = new PageCursor(z.tuple([userIdParameter, z.int().min(0), z.union([requestIdSchema, z.literal('')])]));

@AdminController('requests')
export class RequestsAdminController {
  constructor(private readonly requests: RequestAdministration) {}

  @Get()
  @ApiOperation({
    summary: 'List command requests, by the id of their user as text, then the latest first',
    description:
      'Those that can still be read: ended ones for RELAY_RETENTION_SECONDS; the audit has them all. A page may be short while there is a next one.',
  })
  @ZodAnswer(200, requestsSchema, 'A page of requests, without arguments and output.')
  async list(@Query(new ZodPipe(querySchema)) query: z.output<typeof querySchema>) {
    const { user_id: userId, state, tool, server, limit } = query;
    const behind = placeOf(query.cursor);
    const { page, next } = await this.requests.list({ userId, state, tool, server }, { behind, limit });
    const next_cursor = next && cursor.write([next.userId, next.createdAt, next.requestId]);
    return { requests: page.map(presentRequest), next_cursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a command request' })
  @ZodAnswer(200, requestSchema, 'The request, without arguments and output.')
  async get(@Param('id', new ZodPipe(requestIdSchema)) id: string) {
    return presentRequest(await this.requests.get(id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a command request',
    description: 'Whoever waits for it is answered at once; its executor is told to stop what it has started.',
  })
  @ZodAnswer(200, requestSchema, 'The request as it is now.')
  async cancel(@Param('id', new ZodPipe(requestIdSchema)) id: string, @CurrentPrincipal() admin: Principal) {
    return presentRequest(await this.requests.cancel(id, admin));
  }
}

function placeOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const [userId, createdAt, requestId] = cursor.read(text);
  return { userId, createdAt, requestId };
}

function presentRequest(record: RequestRecord): RequestBody {
  return {
    id: record.requestId,
    user_id: record.userId,
    principal: record.principal,
    delegation: record.delegation && { id: record.delegation.id, caller_id: record.delegation.callerId },
    executor_id: record.executorId,
    tool: record.tool,
    server: record.server,
    state: record.state,
    outcome: record.outcome,
    error_code: record.reason ?? record.result?.error_code ?? null,
    created_at: instantText(record.createdAt),
    published_at: record.publishedAt === null ? null : instantText(record.publishedAt),
    started_at: record.startedAt === null ? null : instantText(record.startedAt),
    finished_at: record.finishedAt === null ? null : instantText(record.finishedAt),
  };
}

function instantText(millis: number): string {
  return new Date(millis).toISOString();
}
