import { Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { pageOfLatest } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { UserService, WebSessions } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import { digestParameter, pageQuery, presentSession, sessionsSchema, userIdParameter } from './admin-schemas.ts';

@AdminController('users/:id/sessions')
export class SessionsController {
  constructor(
    private readonly users: UserService,
    private readonly sessions: WebSessions,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the browsers in which a user has signed in' })
  @ZodAnswer(200, sessionsSchema, 'A page of sessions, latest first.')
  async list(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @Query(new ZodPipe(pageQuery)) query: z.output<typeof pageQuery>,
  ) {
    const user = await this.users.get(id);
    const { page, next_cursor } = pageOfLatest(await this.sessions.list(user.id), query);
    return { sessions: page.map(presentSession), next_cursor };
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign a user out of all browsers' })
  async endAll(@Param('id', new ZodPipe(userIdParameter)) id: string) {
    const user = await this.users.get(id);
    await this.sessions.endAll(user.id);
  }

  @Delete(':session')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign a user out of one browser' })
  async end(
    @Param('id', new ZodPipe(userIdParameter)) id: string,
    @Param('session', new ZodPipe(digestParameter)) session: string,
  ) {
    await this.sessions.end(session, id);
  }
}
