import { Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { pageOfLatest } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import { CurrentPrincipal, Invitations, UserService, type Principal } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import {
  digestParameter,
  invitationsSchema,
  newInvitationSchema,
  pageQuery,
  presentInvitation,
  sentInvitationSchema,
} from './admin-schemas.ts';

@AdminController('invitations')
export class InvitationsController {
  constructor(
    private readonly invitations: Invitations,
    private readonly users: UserService,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Invite somebody to sign in; the link is in this answer and never again',
    description:
      'With `user_id`, somebody who is a user already: they get the address and choose a password anew, and their second factor and sessions end.',
  })
  @ZodAnswer(201, sentInvitationSchema, 'The invitation and its link, which is to reach nobody else.')
  async invite(
    @ZodBody(newInvitationSchema) { email, role, user_id: userId }: z.output<typeof newInvitationSchema>,
    @CurrentPrincipal() admin: Principal,
  ) {
    const user = userId === undefined ? undefined : await this.users.get(userId);
    const wanted = { email, role: role ?? user?.role ?? 'member', ...(user && { userId: user.id }) };
    const { invitation, url } = await this.invitations.invite(wanted, admin);
    return { ...presentInvitation(invitation), url };
  }

  @Get()
  @ApiOperation({ summary: 'List the invitations that can still be used' })
  @ZodAnswer(200, invitationsSchema, 'A page of invitations, latest first, without their links.')
  async list(@Query(new ZodPipe(pageQuery)) query: z.output<typeof pageQuery>) {
    const { page, next_cursor } = pageOfLatest(await this.invitations.list(), query);
    return { invitations: page.map(presentInvitation), next_cursor };
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Withdraw an invitation that has not been used' })
  async withdraw(@Param('id', new ZodPipe(digestParameter)) id: string) {
    await this.invitations.withdraw(id);
  }
}
