import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { addressKey } from '../../../platform/limits/address-key.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import { ZodPipe } from '../../../platform/zod/zod-body.ts';
import { Invitations } from '../people/invitations.ts';
import { invitationPage } from './invitation-pages.ts';
import { newPasswordSchema } from './page-forms.ts';
import { Pages } from './page.ts';
import { showAgain, showPage } from './show-page.ts';
import { SignInForms } from './sign-in-forms.ts';
import { CurrentVisit, type Visit } from './visit.ts';

/** The link of an invitation. */
@Controller('invitation/:secret')
@Pages()
export class InvitationController {
  constructor(
    private readonly invitations: Invitations,
    private readonly limits: RateLimits,
    private readonly forms: SignInForms,
  ) {}

  @Get()
  async show(@CurrentVisit() visit: Visit, @Param('secret') secret: string, @Res() response: Response): Promise<void> {
    await this.limits.take('invitation_address', addressKey(visit.source.address));
    const invitation = await this.invitations.of(secret);
    showPage(response, invitationPage(invitation, pathOf(secret), visit.form));
  }

  @Post()
  async accept(
    @CurrentVisit() visit: Visit,
    @Param('secret') secret: string,
    @Body(new ZodPipe(newPasswordSchema)) { password }: z.infer<typeof newPasswordSchema>,
    @Res() response: Response,
  ): Promise<void> {
    await this.limits.take('invitation_address', addressKey(visit.source.address));
    const invitation = await this.invitations.of(secret);
    try {
      const done = await this.invitations.accept(secret, password);
      await this.forms.begin({ done, methods: ['pwd'] }, visit, response);
      response.redirect(303, '/account');
    } catch (error) {
      await showAgain(response, error, (alert) => invitationPage(invitation, pathOf(secret), visit.form, alert));
    }
  }
}

function pathOf(secret: string): string {
  return `/invitation/${encodeURIComponent(secret)}`;
}
