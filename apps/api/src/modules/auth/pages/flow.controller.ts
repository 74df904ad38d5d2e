import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { pageHeaders } from '../../../platform/http/page-headers.ts';
import { ZodPipe } from '../../../platform/zod/zod-body.ts';
import { Interactions, type Interaction } from '../oauth/interactions.ts';
import { isFresh } from '../people/fresh-sign-in.ts';
import { UpstreamSignIn } from '../people/upstream-sign-in.ts';
import { UserService } from '../people/user-service.ts';
import type { WebSession } from '../people/web-sessions.ts';
import { consentPage } from './consent-page.ts';
import { FormTokens, SIGN_IN_PROOF } from './form-tokens.ts';
import { consentSchema, signInSchema, type SignInForm } from './page-forms.ts';
import { Pages } from './page.ts';
import { showAgain, showPage } from './show-page.ts';
import { SignInForms } from './sign-in-forms.ts';
import type { SignInPlace } from './sign-in-pages.ts';
import { CurrentVisit, type Visit } from './visit.ts';

/** The part of a flow in front of a person: first who they are, then what they allow. */
@Controller('sign-in/:uid')
@Pages()
export class FlowController {
  constructor(
    private readonly interactions: Interactions,
    private readonly forms: SignInForms,
    private readonly users: UserService,
    private readonly upstream: UpstreamSignIn,
    private readonly formTokens: FormTokens,
  ) {}

  @Get()
  async show(
    @CurrentVisit() visit: Visit,
    @Param('uid') uid: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const interaction = await this.#flow(uid, request, response);
    if (interaction.prompt === 'consent') await this.#showConsent(interaction, visit, response);
    else await this.#showSignIn(interaction, visit, request, response);
  }

  @Post()
  async signIn(
    @CurrentVisit() visit: Visit,
    @Param('uid') uid: string,
    @Body(new ZodPipe(signInSchema)) sent: SignInForm,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const interaction = await this.#flow(uid, request, response);
    const signedIn = await this.forms.take(sent, this.#place(interaction, visit), visit, response);
    if (!signedIn) return;
    const { done, methods } = signedIn;
    await this.interactions.signedIn(request, response, { userId: done.id, methods, signedInAt: new Date() });
  }

  @Post('consent')
  async answer(
    @CurrentVisit() visit: Visit,
    @Param('uid') uid: string,
    @Body(new ZodPipe(consentSchema)) { answer }: z.infer<typeof consentSchema>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const interaction = await this.#flow(uid, request, response);
    if (answer === 'deny') return this.interactions.denied(request, response);
    const user = await this.users.get(signedInTo(interaction, visit));
    try {
      return await this.interactions.allowed(request, response);
    } catch (error) {
      return showAgain(response, error, (alert) => consentPage(interaction, user, visit.form, alert));
    }
  }

  /** The flow of this browser, if it is the one of the address. Each of its forms may lead back to the client, if only with an error. */
  async #flow(uid: string, request: Request, response: Response): Promise<Interaction> {
    const interaction = await this.interactions.of(request, response);
    if (interaction.uid !== uid) throw new ServonautError('not_found');
    response.setHeaders(new Map(pageHeaders(interaction.redirectUri)));
    return interaction;
  }

  async #showSignIn(interaction: Interaction, visit: Visit, request: Request, response: Response): Promise<void> {
    const { session } = visit;
    if (session && this.#answers(interaction, session, request))
      await this.interactions.signedIn(request, response, session);
    else this.forms.show(this.#place(interaction, visit), visit, response);
  }

  /** Whether somebody who is signed in already need not do so again: it was for this flow, or the client takes a sign-in as old as theirs. */
  #answers({ signInSeconds }: Interaction, session: WebSession, request: Request): boolean {
    if (this.formTokens.provesSignIn(request, session.userId, request.query[SIGN_IN_PROOF])) return true;
    return signInSeconds === null || isFresh(session, Date.now(), signInSeconds);
  }

  async #showConsent(interaction: Interaction, visit: Visit, response: Response): Promise<void> {
    const user = await this.users.get(signedInTo(interaction, visit));
    showPage(response, consentPage(interaction, user, visit.form));
  }

  #place({ uid, client, signInSeconds }: Interaction, { form }: Visit): SignInPlace {
    const anew = signInSeconds !== null;
    return { action: `/sign-in/${uid}`, form, clientName: client.name, upstream: this.upstream.label, anew };
  }
}

/**
 * Who has signed in, in the flow as in the browser: nobody consents for another, nor after their session has ended.
 * @throws ServonautError `conflict`.
 */
function signedInTo({ accountId }: Interaction, { session }: Visit): string {
  if (session && session.userId === accountId) return session.userId;
  throw new ServonautError('conflict', {
    message: 'You are no longer signed in as whoever began this.',
    nextStep: 'Start again in the application that sent you here.',
  });
}
