import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EXECUTOR_HASHES_PATH, executorHashesSchema, type ExecutorHashesBody } from '@servonaut/contracts';
import { z } from 'zod';
import { PageCursor, pageFields } from '../../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodPipe } from '../../../platform/zod/zod-body.ts';
import { CurrentPrincipal, RequireScope, type Principal } from '../../auth/index.ts';
import { ExecutorHashes } from './executor-hashes.ts';

const querySchema = z.strictObject(pageFields);

/** The place in the chain of whoever asks. */
const cursor = new PageCursor(z.int().min(1));

@ApiTags('me')
@ApiBearerAuth()
@Controller(EXECUTOR_HASHES_PATH.slice(1))
@RequireScope('relay:connect')
export class ExecutorHashesController {
  constructor(private readonly hashes: ExecutorHashes) {}

  @Get()
  @ApiOperation({
    summary: 'List what your executors have put on their own record, to hold it against that',
    description:
      'Of each call that your executors have ended with a hash of their own, the oldest first; once more when a result has corrected the end. A page may be short, or empty, while there is a next one.',
  })
  @ZodAnswer(200, executorHashesSchema, 'A page of them.')
  async list(
    @Query(new ZodPipe(querySchema)) { cursor: from, limit }: z.output<typeof querySchema>,
    @CurrentPrincipal() { userId }: Principal,
  ): Promise<ExecutorHashesBody> {
    const after = from === undefined ? undefined : cursor.read(from);
    const { hashes, next } = await this.hashes.page(userId, { after, limit });
    return { executor_hashes: hashes, next_cursor: next === undefined ? null : cursor.write(next) };
  }
}
