import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ZodPipe } from '../../../platform/zod/zod-body.ts';
import { UpstreamSignIn } from '../people/upstream-sign-in.ts';
import { html } from './html.ts';
import { document } from './layout.ts';
import { signInSchema, type SignInForm } from './page-forms.ts';
import { Pages } from './page.ts';
import { showPage } from './show-page.ts';
import { SignInForms } from './sign-in-forms.ts';
import type { SignInPlace } from './sign-in-pages.ts';
import { CurrentVisit, type Visit } from './visit.ts';

/** The way to one's own account, and out of it. */
@Controller()
@Pages()
export class SignInController {
  constructor(
    private readonly forms: SignInForms,
    private readonly upstream: UpstreamSignIn,
  ) {}

  /** @param again asked for by who is signed in, and wants to be so afresh */
  @Get('sign-in')
  show(@CurrentVisit() visit: Visit, @Query('again') again: unknown, @Res() response: Response): void {
    if (visit.session && again === undefined) response.redirect(303, '/account');
    else this.forms.show(this.#place(visit), visit, response);
  }

  @Post('sign-in')
  async submit(
    @CurrentVisit() visit: Visit,
    @Body(new ZodPipe(signInSchema)) sent: SignInForm,
    @Res() response: Response,
  ): Promise<void> {
    const signedIn = await this.forms.take(sent, this.#place(visit), visit, response);
    if (signedIn) response.redirect(303, '/account');
  }

  @Get('sign-out')
  ask(@CurrentVisit() { form }: Visit, @Res() response: Response): void {
    showPage(response, document({ title: 'Sign out?', body: form('/sign-out', html`<button>Sign out</button>`) }));
  }

  @Post('sign-out')
  async signOut(@CurrentVisit() visit: Visit, @Res() response: Response): Promise<void> {
    await this.forms.end(visit, response);
    showPage(response, document({ title: 'Signed out', body: html`<p><a href="/sign-in">Sign in</a></p>` }));
  }

  /** For who is signed in already, it is to be so afresh, at the provider as well. */
  #place({ form, session }: Visit): SignInPlace {
    return { action: '/sign-in', form, upstream: this.upstream.label, anew: session !== undefined };
  }
}
