import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { sessionCookie, type OwnCookie } from '../people/session-cookie.ts';
import { SignIn, type SignInStep } from '../people/sign-in.ts';
import type { User } from '../people/user-service.ts';
import { WebSessions } from '../people/web-sessions.ts';
import type { SignInForm } from './page-forms.ts';
import { showAgain, showPage } from './show-page.ts';
import { passwordPage, secondFactorPage, type SignInPlace } from './sign-in-pages.ts';
import type { Visit } from './visit.ts';

type SignedIn = Extract<SignInStep, { readonly done: User }>;

/** From a form of the sign-in to a session, in a flow and outside. */
@Injectable()
export class SignInForms {
  readonly #cookie: OwnCookie;

  constructor(
    @Inject(APP_CONFIG) { publicUrl }: AppConfig,
    private readonly signIn: SignIn,
    private readonly sessions: WebSessions,
  ) {
    this.#cookie = sessionCookie(publicUrl);
  }

  /** @returns who has signed in; undefined when another page is the answer, and has been sent. */
  async take(sent: SignInForm, place: SignInPlace, visit: Visit, response: Response): Promise<SignedIn | undefined> {
    try {
      const step = await this.#step(sent, visit);
      if ('done' in step) return await this.begin(step, visit, response);
      showPage(response, secondFactorPage(place, step.attempt));
      return undefined;
    } catch (error) {
      await showAgain(response, error, (alert) => pageOf(sent, place, alert));
      return undefined;
    }
  }

  /** A session under a new secret, so that nobody can have known it before. One that the browser had is over. */
  async begin(signedIn: SignedIn, { session, source }: Visit, response: Response): Promise<SignedIn> {
    if (session) await this.sessions.end(session.id, session.userId);
    this.#cookie.write(response, await this.sessions.begin(signedIn.done, signedIn.methods, source));
    return signedIn;
  }

  /** @throws ServonautError `not_found` when it has ended meanwhile. */
  async end({ session }: Visit, response: Response): Promise<void> {
    this.#cookie.clear(response);
    if (session) await this.sessions.end(session.id, session.userId);
  }

  #step(sent: SignInForm, { source }: Visit): Promise<SignInStep> {
    return 'attempt' in sent
      ? this.signIn.second(sent.attempt, sent.code, source)
      : this.signIn.password(sent.email, sent.password, source);
  }
}

/** The page that the form came from. */
function pageOf(sent: SignInForm, place: SignInPlace, alert: string): string {
  if ('attempt' in sent) return secondFactorPage(place, sent.attempt, alert);
  return passwordPage(place, { email: sent.email, alert });
}
