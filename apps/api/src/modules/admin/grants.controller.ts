import { Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { pageOfLatest } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { Grants, UserService } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import { digestParameter, pageQuery, grantsSchema, presentGrant, userIdParameter } from './admin-schemas.ts';

@AdminController('users/:id/grants')
export class GrantsController {
  constructor(
    private readonly users: UserService,
    private readonly grants: Grants,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the agents and programs that a user has let in' })
  @ZodAnswer(200, grantsSchema, 'A page of grants, latest first.')
  async list(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @Query(new ZodPipe(pageQuery)) query: z.output<typeof pageQuery>,
  ) {
    const user = await this.users.get(id);
    const { page, next_cursor } = pageOfLatest(await this.grants.list(user.id), query);
    return { grants: page.map(presentGrant), next_cursor };
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'End the access of all agents and programs that a user has let in' })
  async endAll(@Param('id', new ZodPipe(userIdParameter)) id: string) {
    const user = await this.users.get(id);
    await this.grants.revokeAll(user.id);
  }

  @Delete(':grant')
  @HttpCode(204)
  @ApiOperation({ summary: 'End the access of one of them' })
  async end(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @Param('grant', new ZodPipe(digestParameter)) grant: string,
  ) {
    await this.grants.revoke(grant, id);
  }
}
