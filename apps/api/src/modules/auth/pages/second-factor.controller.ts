import { Body, Controller, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { ZodPipe } from '../../../platform/zod/zod-body.ts';
import { OwnAccount } from '../people/own-account.ts';
import { recoveryCodesPage, totpPage } from './account-pages.ts';
import { AccountView } from './account-view.ts';
import { confirmTotpSchema, currentPasswordSchema } from './page-forms.ts';
import { Pages } from './page.ts';
import { showAgain, showPage } from './show-page.ts';
import { CurrentVisit, sessionOf, type Visit } from './visit.ts';

/** Setting up an authenticator, and removing it. */
@Controller('account/second-factor')
@Pages()
export class SecondFactorController {
  constructor(
    private readonly view: AccountView,
    private readonly account: OwnAccount,
  ) {}

  @Post()
  async offer(@CurrentVisit() visit: Visit, @Res() response: Response): Promise<void> {
    const offer = await this.account.offerTotp(sessionOf(visit).userId);
    showPage(response, totpPage(offer, visit.form));
  }

  @Post('confirm')
  async confirm(
    @CurrentVisit() visit: Visit,
    @Body(new ZodPipe(confirmTotpSchema)) sent: z.infer<typeof confirmTotpSchema>,
    @Res() response: Response,
  ): Promise<void> {
    try {
      const codes = await this.account.confirmTotp(sessionOf(visit).userId, sent.offer, sent.code);
      showPage(response, recoveryCodesPage(codes));
    } catch (error) {
      await showAgain(response, error, (alert) => totpPage(sent, visit.form, alert));
    }
  }

  @Post('remove')
  async remove(
    @CurrentVisit() visit: Visit,
    @Body(new ZodPipe(currentPasswordSchema)) { current }: z.infer<typeof currentPasswordSchema>,
    @Res() response: Response,
  ): Promise<void> {
    try {
      await this.account.removeTotp(sessionOf(visit).userId, current);
      response.redirect(303, '/account?done=second-factor-removed');
    } catch (error) {
      await showAgain(response, error, (alert) => this.view.page(visit, { alert }));
    }
  }
}
