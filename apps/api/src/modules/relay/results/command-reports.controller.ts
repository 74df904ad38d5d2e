import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
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
import { ZodBody, ZodPipe } from '../../../platform/zod/zod-body.ts';
import { RequireScope } from '../../auth/index.ts';
import { CurrentHolder } from '../executors/current-holder.ts';
import type { Holder } from '../executors/executor-record.ts';
import { ExecutorReports } from './executor-reports.ts';

const ACCEPTED = { accepted: true } as const;

/** The id may stand in the address only. */
const addressedResultSchema = commandResultSchema.extend({ request_id: requestIdSchema.optional() });

/** What becomes of requests, as executors report it. */
@ApiTags('executors')
@RequireScope('relay:connect')
@Controller('api/cli')
export class CommandReportsController {
  constructor(private readonly reports: ExecutorReports) {}

  /** 409 or 410 tells the executor to stop: cancelled, expired or already ended. */
  @Post('command-ack')
  @HttpCode(200)
  async acknowledge(@CurrentHolder() holder: Holder, @ZodBody(commandAckSchema) ack: CommandAck) {
    await this.reports.acknowledge(holder, ack);
    return ACCEPTED;
  }

  @Post('command-progress')
  @HttpCode(200)
  async progress(@CurrentHolder() holder: Holder, @ZodBody(commandProgressSchema) progress: CommandProgress) {
    await this.reports.progress(holder, progress);
    return ACCEPTED;
  }

  /** The same result twice is taken twice; a different one is refused. */
  @Post('command-result')
  @HttpCode(200)
  async result(@CurrentHolder() holder: Holder, @ZodBody(commandResultSchema) result: CommandResult) {
    await this.reports.result(holder, result);
    return ACCEPTED;
  }

  /** As older executors post it. */
  @Post('command-result/:id')
  @HttpCode(200)
  async addressedResult(
    @CurrentHolder() holder: Holder,
    @Param('id', new ZodPipe(requestIdSchema)) id: string,
    @ZodBody(addressedResultSchema) { request_id: named = id, ...result }: z.output<typeof addressedResultSchema>,
  ) {
    if (named !== id)
      throw new ServonautError('invalid_request', { message: 'request_id: expected the id of the address' });
    await this.reports.result(holder, { ...result, request_id: id });
    return ACCEPTED;
  }
}
