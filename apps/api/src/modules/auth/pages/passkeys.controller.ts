import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { ZodPipe } from '../../../platform/zod/zod-body.ts';
import { OwnPasskeys } from '../people/own-passkeys.ts';
import { AccountView } from './account-view.ts';
import { newPasskeySchema, passkeyIdSchema, passkeyLabelSchema } from './page-forms.ts';
import { Pages } from './page.ts';
import { newPasskeyPage } from './passkey-pages.ts';
import { allowScript, showAgain, showPage } from './show-page.ts';
import { CurrentVisit, sessionOf, type Visit } from './visit.ts';

/** Adding passkeys, and removing them. */
@Controller('account/passkeys')
@Pages()
export class PasskeysController {
  constructor(
    private readonly view: AccountView,
    private readonly passkeys: OwnPasskeys,
  ) {}

  @Post()
  async offer(
    @CurrentVisit() visit: Visit,
    @Body(new ZodPipe(passkeyLabelSchema)) { label }: z.infer<typeof passkeyLabelSchema>,
    @Res() response: Response,
  ): Promise<void> {
    try {
      const page = newPasskeyPage(await this.passkeys.offer(sessionOf(visit), label), visit.form);
      allowScript(response);
      showPage(response, page);
    } catch (error) {
      await this.#showAccount(response, error, visit);
    }
  }

  @Post('confirm')
  async confirm(
    @CurrentVisit() visit: Visit,
    @Body(new ZodPipe(newPasskeySchema)) { challenge, credential }: z.infer<typeof newPasskeySchema>,
    @Res() response: Response,
  ): Promise<void> {
    try {
      await this.passkeys.confirm(sessionOf(visit), challenge, credential);
      response.redirect(303, '/account?done=passkey');
    } catch (error) {
      await this.#showAccount(response, error, visit);
    }
  }

  @Post(':id/remove')
  async remove(
    @CurrentVisit() visit: Visit,
    @Param('id', new ZodPipe(passkeyIdSchema)) id: string,
    @Res() response: Response,
  ): Promise<void> {
    try {
      await this.passkeys.remove(sessionOf(visit), id);
      response.redirect(303, '/account?done=passkey-removed');
    } catch (error) {
      await this.#showAccount(response, error, visit);
    }
  }

  #showAccount(response: Response, error: unknown, visit: Visit): Promise<void> {
    return showAgain(response, error, (alert) => this.view.page(visit, { alert }));
  }
}
