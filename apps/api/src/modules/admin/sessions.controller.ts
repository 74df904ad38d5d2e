import { Delete, Get, HttpCode, Param } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { UserService, WebSessions } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';
import { digestParameter, presentSession, sessionsSchema, userIdParameter } from './admin-schemas.ts';

@AdminController('users/:id/sessions')
export class SessionsController {
  constructor(
    private readonly users: UserService,
    private readonly sessions: WebSessions,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the browsers in which a user has signed in' })
  @ZodAnswer(200, sessionsSchema, 'The sessions, latest first.')
  async list(@Param('id', new ZodPipe(userIdParameter)) id: string) {
    const user = await this.users.get(id);
    return { sessions: (await this.sessions.list(user.id)).map(presentSession) };
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
