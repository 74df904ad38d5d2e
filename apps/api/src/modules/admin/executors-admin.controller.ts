import { Delete, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  executorIdSchema,
  executorSchema,
  executorsSchema,
  executorStateSchema,
  type ExecutorBody,
} from '@servonaut/contracts';
import { z } from 'zod';
import { PageCursor, pageFields } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, type Principal } from '../auth/index.ts';
import { ExecutorAdministration, type Executor } from '../relay/index.ts';
import { AdminController } from './admin-controller.ts';
import { userIdParameter } from './admin-schemas.ts';

const querySchema = z.strictObject({
  ...pageFields,
  user_id: userIdParameter.optional(),
  state: executorStateSchema.optional(),
});

const cursor = new PageCursor(z.tuple([userIdParameter, executorIdSchema]));

@AdminController('executors')
export class ExecutorsAdminController {
  constructor(private readonly executors: ExecutorAdministration) {}

  @Get()
  @ApiOperation({
    summary: 'List executors, by the id of their user as text, then by their own',
    description: 'Those that are offline are remembered for some days. A page may be short while there is a next one.',
  })
  @ZodAnswer(200, executorsSchema, 'A page of executors.')
  async list(@Query(new ZodPipe(querySchema)) query: z.output<typeof querySchema>) {
    const { user_id: userId, state, limit } = query;
    const { page, next } = await this.executors.list({ userId, state }, { behind: placeOf(query.cursor), limit });
    const next_cursor = next && cursor.write([next.userId, next.executorId]);
    return { executors: page.map(presentExecutor), next_cursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an executor' })
  @ZodAnswer(200, executorSchema, 'The executor.')
  async get(@Param('id', new ZodPipe(executorIdSchema)) id: string) {
    return presentExecutor(await this.executors.get(id));
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Disconnect an executor',
    description:
      'It is asked nothing from now on, is told so, and its process ends when what it runs has ended. Somebody may start it again: to keep it away, revoke the credential or end the grant by which it is connected.',
  })
  @ZodAnswer(200, executorSchema, 'The executor as it is now.')
  async disconnect(@Param('id', new ZodPipe(executorIdSchema)) id: string, @CurrentPrincipal() admin: Principal) {
    return presentExecutor(await this.executors.disconnect(id, admin));
  }
}

function placeOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const [userId, executorId] = cursor.read(text);
  return { userId, executorId };
}

function presentExecutor({ record, presence }: Executor): ExecutorBody {
  return {
    id: record.executorId,
    user_id: record.userId,
    credential_id: record.credentialId,
    profile: record.profile,
    version: record.version,
    state: presence.state,
    registered_at: new Date(record.registeredAt).toISOString(),
    last_seen_at: new Date(presence.lastSeenAt).toISOString(),
    servers: record.manifest?.servers.length ?? 0,
    tools: record.manifest?.tools.length ?? 0,
    running: [...presence.running],
  };
}
