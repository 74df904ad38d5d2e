import { Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  changeDelegationSchema,
  delegationIdSchema,
  delegationSchema,
  delegationsSchema,
  delegationStateSchema,
  newDelegationSchema,
} from '@servonaut/contracts';
import { z } from 'zod';
import { IfMatch } from '../../../platform/http/if-match.ts';
import { pageFields } from '../../../platform/http/page-cursor.ts';
import { Refuses } from '../../../platform/openapi/describe.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../../platform/zod/zod-body.ts';
import { CurrentPrincipal, RequireScope, type Principal } from '../../auth/index.ts';
import { presentDelegation, presentDelegations, readChange, readNewDelegation } from './delegation-body.ts';
import { DelegationQuery } from './delegation-query.ts';
import { DelegationService } from './delegation-service.ts';

const pageSchema = z.strictObject({ ...pageFields, state: delegationStateSchema.optional() });
const receivedPageSchema = z.strictObject(pageFields);
const idPipe = new ZodPipe(delegationIdSchema);

/** What users let each other use of their own servers. */
@ApiTags('me')
@Controller('api/me/delegations')
@RequireScope('credentials')
export class OwnDelegationsController {
  constructor(
    private readonly delegations: DelegationService,
    private readonly query: DelegationQuery,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Let another user, or a team, use servers of yours' })
  @ZodAnswer(201, delegationSchema, 'The delegation.')
  @Refuses('not_found', 'not_entitled', 'too_many_requests')
  async make(
    @ZodBody(newDelegationSchema) wanted: z.output<typeof newDelegationSchema>,
    @CurrentPrincipal() grantor: Principal,
  ) {
    return presentDelegation(await this.delegations.make(grantor, readNewDelegation(wanted)));
  }

  @Get()
  @ApiOperation({ summary: 'List what you let others use' })
  @ZodAnswer(200, delegationsSchema, 'A page of delegations, oldest first.')
  list(
    @Query(new ZodPipe(pageSchema)) { state, ...page }: z.output<typeof pageSchema>,
    @CurrentPrincipal() { userId: grantorId }: Principal,
  ) {
    return presentDelegations(this.query, { grantorId, state }, page);
  }

  @Get('received')
  @ApiOperation({ summary: 'List what others let you use, also as one of a team' })
  @ZodAnswer(200, delegationsSchema, 'A page of delegations in force, oldest first.')
  listReceived(
    @Query(new ZodPipe(receivedPageSchema)) page: z.output<typeof receivedPageSchema>,
    @CurrentPrincipal() { userId: usedBy }: Principal,
  ) {
    return presentDelegations(this.query, { usedBy, state: 'active' }, page);
  }

  @Delete('received/:id')
  @ApiOperation({
    summary: 'Decline what somebody lets you use, for good',
    description:
      'It ends for its grantor too. What was given to a team ends only with the team, or by whoever has given it.',
  })
  @ZodAnswer(200, delegationSchema, 'The delegation as it is now.')
  @Refuses('not_entitled')
  async decline(@Param('id', idPipe) id: string, @CurrentPrincipal() grantee: Principal) {
    return presentDelegation(await this.delegations.decline(id, grantee));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a delegation that you have given' })
  @ZodAnswer(200, delegationSchema, 'The delegation.')
  async get(@Param('id', idPipe) id: string, @CurrentPrincipal() { userId: grantorId }: Principal) {
    return presentDelegation(await this.query.get(id, { grantorId }));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change what a delegation allows',
    description:
      'It holds from the next call on; what runs goes on. Null takes a limit away, of rules all but the counts that there are by default.',
  })
  @ZodAnswer(200, delegationSchema, 'The delegation as it is now.')
  @Refuses('not_entitled', 'too_many_requests')
  async change(
    @Param('id', idPipe) id: string,
    @ZodBody(changeDelegationSchema) change: z.output<typeof changeDelegationSchema>,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() grantor: Principal,
  ) {
    const write = { id, grantorId: grantor.userId, version };
    return presentDelegation(await this.delegations.change(write, readChange(change), grantor));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'End a delegation, for good, and with it what is running by it' })
  @ZodAnswer(200, delegationSchema, 'The delegation as it is now.')
  @Refuses('not_entitled')
  async end(
    @Param('id', idPipe) id: string,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() grantor: Principal,
  ) {
    return presentDelegation(await this.delegations.end({ id, grantorId: grantor.userId, version }, grantor));
  }
}
