import { Body, Controller, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { ZodPipe } from '../../../platform/zod/zod-body.ts';
import { OwnSecondFactor } from '../people/own-second-factor.ts';
import { AccountView } from './account-view.ts';
import { confirmTotpSchema } from './page-forms.ts';
import { Pages } from './page.ts';
import { recoveryCodesPage, totpPage } from './second-factor-pages.ts';
import { showAgain, showPage } from './show-page.ts';
import { CurrentVisit, sessionOf, type Visit } from './visit.ts';

/** Setting up an authenticator, removing it, and its recovery codes. */
@Controller('account/second-factor')
@Pages()
export class SecondFactorController {
  constructor(
    private readonly view: AccountView,
    private readonly secondFactor: OwnSecondFactor,
  ) {}

  @Post()
  async offer(@CurrentVisit() visit: Visit, @Res() response: Response): Promise<void> {
    try {
      showPage(response, totpPage(await this.secondFactor.offer(sessionOf(visit)), visit.form));
    } catch (error) {
      await this.#showAccount(response, error, visit);
    }
  }

  @Post('confirm')
  async confirm(
    @CurrentVisit() visit: Visit,
    @Body(new ZodPipe(confirmTotpSchema)) { offer, code }: z.infer<typeof confirmTotpSchema>,
    @Res() response: Response,
  ): Promise<void> {
    const { userId } = sessionOf(visit);
    try {
      const codes = await this.secondFactor.confirm(userId, offer, code);
      showPage(response, recoveryCodesPage(codes, 'The second factor is set up.'));
    } catch (error) {
      const again = async (alert: string) =>
        totpPage(await this.secondFactor.offered(userId, offer), visit.form, alert);
      await showAgain(response, error, again);
    }
  }

  @Post('codes')
  async renewCodes(@CurrentVisit() visit: Visit, @Res() response: Response): Promise<void> {
    try {
      const codes = await this.secondFactor.renewRecoveryCodes(sessionOf(visit));
      showPage(response, recoveryCodesPage(codes, 'The old recovery codes are of no use any more.'));
    } catch (error) {
      await this.#showAccount(response, error, visit);
    }
  }

  @Post('remove')
  async remove(@CurrentVisit() visit: Visit, @Res() response: Response): Promise<void> {
    try {
      await this.secondFactor.remove(sessionOf(visit));
      response.redirect(303, '/account?done=second-factor-removed');
    } catch (error) {
      await this.#showAccount(response, error, visit);
    }
  }

  #showAccount(response: Response, error: unknown, visit: Visit): Promise<void> {
    return showAgain(response, error, (alert) => this.view.page(visit, { alert }));
  }
}
