import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { ownCookie, type OwnCookie } from '../people/session-cookie.ts';
import { UpstreamSignIn } from '../people/upstream-sign-in.ts';
import { Pages } from './page.ts';
import { SignInForms } from './sign-in-forms.ts';
import { CurrentVisit, type Visit } from './visit.ts';

/** To the provider at which people may sign in instead, and back. */
@Controller('upstream')
@Pages()
export class UpstreamController {
  readonly #cookie: OwnCookie;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly upstream: UpstreamSignIn,
    private readonly forms: SignInForms,
  ) {
    this.#cookie = ownCookie('svn_upstream', config.publicUrl);
  }

  @Get()
  async begin(@CurrentVisit() visit: Visit, @Query('back') back: unknown, @Res() response: Response): Promise<void> {
    const { url, flow } = await this.upstream.begin(typeof back === 'string' ? back : '/account', visit.source);
    this.#cookie.write(response, flow);
    response.redirect(303, url.href);
  }

  /** The cookie is of use once: whoever comes back a second time has to begin anew. */
  @Get('return')
  async finish(@CurrentVisit() visit: Visit, @Req() request: Request, @Res() response: Response): Promise<void> {
    const flow = this.#cookie.read(request);
    if (flow === undefined)
      throw new ServonautError('sign_in_refused', { message: 'This sign-in was begun elsewhere.' });
    this.#cookie.clear(response);
    const { user, back } = await this.upstream.finish(new URL(request.originalUrl, this.config.publicUrl), flow);
    // How the person was recognised there, the provider knows.
    await this.forms.begin({ done: user, methods: [] }, visit, response);
    response.redirect(303, back);
  }
}
