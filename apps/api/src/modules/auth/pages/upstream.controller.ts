import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { ownCookie, type OwnCookie } from '../people/session-cookie.ts';
import { UpstreamSignIn } from '../people/upstream-sign-in.ts';
import { FormTokens, SIGN_IN_PROOF } from './form-tokens.ts';
import { Pages } from './page.ts';
import { SignInForms } from './sign-in-forms.ts';
import { CurrentVisit, type Visit } from './visit.ts';

interface Asked {
  readonly back?: unknown;
  readonly anew?: unknown;
}

/** To the provider at which people may sign in instead, and back. */
@Controller('upstream')
@Pages()
export class UpstreamController {
  readonly #cookie: OwnCookie;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly upstream: UpstreamSignIn,
    private readonly forms: SignInForms,
    private readonly formTokens: FormTokens,
  ) {
    this.#cookie = ownCookie('svn_upstream', config.publicUrl);
  }

  @Get()
  async begin(@CurrentVisit() visit: Visit, @Query() query: Asked, @Res() response: Response): Promise<void> {
    const back = typeof query.back === 'string' ? query.back : '/account';
    const { url, flow } = await this.upstream.begin(back, visit.source, query.anew !== undefined);
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
    const returned = new URL(request.originalUrl, this.config.publicUrl);
    const { user, methods, back, signedInAt } = await this.upstream.finish(returned, flow, visit.source);
    await this.forms.begin({ done: user, methods }, visit, response, signedInAt);
    response.redirect(303, signedInAt ? this.#withProof(request, user.id, back) : back);
  }

  /** Without it the flow would ask again: a session that is there says nothing of when it was begun. */
  #withProof(request: Request, userId: string, back: string): string {
    const proof = this.formTokens.signInProof(request, userId, back);
    return proof === undefined ? back : `${back}?${SIGN_IN_PROOF}=${proof}`;
  }
}
