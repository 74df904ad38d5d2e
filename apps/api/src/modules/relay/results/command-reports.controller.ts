import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  commandAckSchema,
  commandProgressSchema,
  commandResultSchema,
  requestIdSchema,
  ServonautError,
  type CommandAck,
  type CommandProgress,
  type CommandResult,
} from '@servonaut/contracts';
import { z } from 'zod';
import { Refuses } from '../../../platform/openapi/describe.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../../platform/zod/zod-body.ts';
import { RequireScope } from '../../auth/index.ts';
import { CurrentHolder } from '../executors/current-holder.ts';
import type { Holder } from '../executors/executor-record.ts';
import { ExecutorReports } from './executor-reports.ts';

const ACCEPTED = { accepted: true } as const;
const acceptedSchema = z.object({ accepted: z.literal(true) });

/** The id may stand in the address only. */
const addressedResultSchema = commandResultSchema.extend({ request_id: requestIdSchema.optional() });

/** What becomes of requests, as executors report it. */
@ApiTags('executors')
@RequireScope('relay:connect')
@Refuses('request_unknown', 'request_cancelled', 'request_expired', 'request_finished', 'result_conflict')
@Controller('api/cli')
export class CommandReportsController {
  constructor(private readonly reports: ExecutorReports) {}

  @Post('command-ack')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Say that a request is being started, or waits for the operator; 409 and 410 mean that it is not to be',
  })
  @ZodAnswer(200, acceptedSchema, 'It is known.')
  async acknowledge(@CurrentHolder() holder: Holder, @ZodBody(commandAckSchema) ack: CommandAck) {
    await this.reports.acknowledge(holder, ack);
    return ACCEPTED;
  }

  @Post('command-progress')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send output as it comes' })
  @ZodAnswer(200, acceptedSchema, 'It has been passed on.')
  async progress(@CurrentHolder() holder: Holder, @ZodBody(commandProgressSchema, 'any') progress: CommandProgress) {
    await this.reports.progress(holder, progress);
    return ACCEPTED;
  }

  @Post('command-result')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send the result; the same one again is taken again, and a different one refused' })
  @ZodAnswer(200, acceptedSchema, 'It is stored.')
  async result(@CurrentHolder() holder: Holder, @ZodBody(commandResultSchema, 'any') result: CommandResult) {
    await this.reports.result(holder, result);
    return ACCEPTED;
  }

  @Post('command-result/:id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send the result as older executors do' })
  @ZodAnswer(200, acceptedSchema, 'It is stored.')
  async addressedResult(
    @CurrentHolder() holder: Holder,
    @Param('id', new ZodPipe(requestIdSchema)) id: string,
    @ZodBody(addressedResultSchema, 'any')
    { request_id: named = id, ...result }: z.output<typeof addressedResultSchema>,
  ) {
    if (named !== id)
      throw new ServonautError('invalid_request', { message: 'request_id: expected the id of the address' });
    await this.reports.result(holder, { ...result, request_id: id });
    return ACCEPTED;
  }
}
