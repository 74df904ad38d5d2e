import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { ZodPipe } from '../../../platform/zod/zod-body.ts';
import { Grants } from '../oauth/grants.ts';
import { OwnAccount } from '../people/own-account.ts';
import { WebSessions } from '../people/web-sessions.ts';
import { DONE, type Done } from './account-pages.ts';
import { AccountView } from './account-view.ts';
import { changePasswordSchema } from './page-forms.ts';
import { Pages } from './page.ts';
import { showAgain, showPage } from './show-page.ts';
import { CurrentVisit, sessionOf, type Visit } from './visit.ts';

/** What somebody signs in with, where they are signed in, and what they have let in. */
@Controller('account')
@Pages()
export class AccountController {
  constructor(
    private readonly view: AccountView,
    private readonly account: OwnAccount,
    private readonly sessions: WebSessions,
    private readonly grants: Grants,
  ) {}

  @Get()
  async show(@CurrentVisit() visit: Visit, @Query('done') done: unknown, @Res() response: Response): Promise<void> {
    showPage(response, await this.view.page(visit, { done: isDone(done) ? done : undefined }));
  }

  @Post('password')
  async changePassword(
    @CurrentVisit() visit: Visit,
    @Body(new ZodPipe(changePasswordSchema)) { current, password }: z.infer<typeof changePasswordSchema>,
    @Res() response: Response,
  ): Promise<void> {
    const session = sessionOf(visit);
    try {
      await this.account.changePassword(session, current, password);
      showDone(response, 'password');
    } catch (error) {
      await showAgain(response, error, (alert) => this.view.page(visit, { alert }));
    }
  }

  @Post('sessions/end')
  async endOthers(@CurrentVisit() visit: Visit, @Res() response: Response): Promise<void> {
    const { userId, id } = sessionOf(visit);
    await this.sessions.endAll(userId, id);
    showDone(response, 'sessions');
  }

  @Post('sessions/:id/end')
  async endSession(@CurrentVisit() visit: Visit, @Param('id') id: string, @Res() response: Response): Promise<void> {
    await this.sessions.end(id, sessionOf(visit).userId);
    showDone(response, 'session');
  }

  @Post('agents/end')
  async endAgents(@CurrentVisit() visit: Visit, @Res() response: Response): Promise<void> {
    await this.grants.revokeAll(sessionOf(visit).userId);
    showDone(response, 'agents');
  }

  @Post('agents/:id/end')
  async endAgent(@CurrentVisit() visit: Visit, @Param('id') id: string, @Res() response: Response): Promise<void> {
    await this.grants.revoke(id, sessionOf(visit).userId);
    showDone(response, 'agent');
  }
}

/** A redirect, so that loading the page anew does nothing a second time. */
function showDone(response: Response, done: Done): void {
  response.redirect(303, `/account?done=${done}`);
}

function isDone(text: unknown): text is Done {
  return typeof text === 'string' && Object.hasOwn(DONE, text);
}
