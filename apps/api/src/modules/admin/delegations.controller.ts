import { Delete, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { delegationIdSchema, delegationSchema, delegationsSchema, delegationStateSchema } from '@servonaut/contracts';
import { z } from 'zod';
import { IfMatch } from '../../platform/http/if-match.ts';
import { pageFields } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, type Principal } from '../auth/index.ts';
import { DelegationQuery, DelegationService, presentDelegation, presentDelegations } from '../entitlements/index.ts';
import { AdminController } from './admin-controller.ts';
import { userIdParameter } from './admin-schemas.ts';

const querySchema = z.strictObject({
  ...pageFields,
  /** Whose servers they are: id of the user. */
  grantor: userIdParameter.optional(),
  /** To whom they were given: id of the user, or of the team. */
  grantee: z.union([userIdParameter, z.uuid()]).optional(),
  state: delegationStateSchema.optional(),
});

@AdminController('delegations')
export class DelegationsController {
  constructor(
    private readonly delegations: DelegationService,
    private readonly query: DelegationQuery,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List who lets whom use which servers' })
  @ZodAnswer(200, delegationsSchema, 'A page of delegations, oldest first.')
  list(@Query(new ZodPipe(querySchema)) query: z.output<typeof querySchema>) {
    const { grantor: grantorId, grantee, state, ...page } = query;
    const isTeam = grantee?.includes('-') ?? false;
    const given = isTeam ? { teamId: grantee } : { granteeId: grantee };
    return presentDelegations(this.query, { grantorId, ...given, state }, page);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a delegation' })
  @ZodAnswer(200, delegationSchema, 'The delegation.')
  async get(@Param('id', new ZodPipe(delegationIdSchema)) id: string) {
    return presentDelegation(await this.query.get(id));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'End a delegation, for good, and with it what is running by it' })
  @ZodAnswer(200, delegationSchema, 'The delegation as it is now.')
  async end(
    @Param('id', new ZodPipe(delegationIdSchema)) id: string,
    @IfMatch() version: number | undefined,
    @CurrentPrincipal() admin: Principal,
  ) {
    return presentDelegation(await this.delegations.end({ id, version }, admin));
  }
}
