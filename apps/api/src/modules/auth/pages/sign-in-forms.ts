import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { KnownBrowsers } from '../people/known-browsers.ts';
import { knownBrowserCookie, sessionCookie, type OwnCookie } from '../people/session-cookie.ts';
import { PasskeySignIn } from '../people/passkey-sign-in.ts';
import { SignIn, type SignInStep } from '../people/sign-in.ts';
import type { User } from '../people/user-service.ts';
import { WebSessions } from '../people/web-sessions.ts';
import type { SignInForm } from './page-forms.ts';
import { allowScript, showAgain, showPage } from './show-page.ts';
import { passwordPage, secondFactorPage, type SignInPlace } from './sign-in-pages.ts';
import type { Visit } from './visit.ts';

type SignedIn = Extract<SignInStep, { readonly done: User }>;

/** From a form of the sign-in to a session, in a flow and outside. */
@Injectable()
export class SignInForms {
  readonly #cookie: OwnCookie;
  readonly #knownCookie: OwnCookie;
  readonly #known: KnownBrowsers;

  constructor(
    @Inject(APP_CONFIG) { publicUrl }: AppConfig,
    @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys,
    private readonly signIn: SignIn,
    private readonly passkeys: PasskeySignIn,
    private readonly sessions: WebSessions,
  ) {
    this.#cookie = sessionCookie(publicUrl);
    this.#knownCookie = knownBrowserCookie(publicUrl);
    this.#known = new KnownBrowsers(keys);
  }

  /** The first page of a sign-in. */
  show(place: SignInPlace, visit: Visit, response: Response): void {
    showPage(response, passwordPage(this.#withPasskeys(place, visit, response)));
  }

  /** @returns who has signed in; undefined when another page is the answer, and has been sent. */
  async take(sent: SignInForm, place: SignInPlace, visit: Visit, response: Response): Promise<SignedIn | undefined> {
    try {
      const step = await this.#step(sent, visit, response);
      if ('done' in step) return await this.begin(step, visit, response);
      showPage(response, secondFactorPage(this.#withPasskeys(place, visit, response), step.attempt));
      return undefined;
    } catch (error) {
      await showAgain(response, error, (alert) => pageOf(sent, this.#withPasskeys(place, visit, response), alert));
      return undefined;
    }
  }

  /**
   * A session under a new secret, so that nobody can have known it before. One that the browser had is over.
   * @param signedInAt as in `WebSessions.begin`
   */
  async begin(signedIn: SignedIn, visit: Visit, response: Response, signedInAt?: Date | null): Promise<SignedIn> {
    await this.#endSession(visit);
    this.#cookie.write(response, await this.sessions.begin(signedIn.done, signedIn.methods, visit.source, signedInAt));
    if (signedIn.done.email !== null) this.#knownCookie.write(response, this.#known.mark(signedIn.done.email));
    return signedIn;
  }

  async end(visit: Visit, response: Response): Promise<void> {
    this.#cookie.clear(response);
    await this.#endSession(visit);
  }

  /** It may have ended meanwhile: people click twice. */
  async #endSession({ session }: Visit): Promise<void> {
    if (!session) return;
    await this.sessions.end(session.id, session.userId).catch((error: unknown) => {
      if (!(error instanceof ServonautError && error.code === 'not_found')) throw error;
    });
  }

  /** Asks for one anew with each page, where there can be any. */
  #withPasskeys(place: SignInPlace, { browser }: Visit, response: Response): SignInPlace {
    const passkey = this.passkeys.ask(browser);
    if (passkey) allowScript(response);
    return { ...place, passkey };
  }

  #step(sent: SignInForm, { source, browser }: Visit, { req }: Response): Promise<SignInStep> {
    const mark = this.#knownCookie.read(req);
    if ('credential' in sent)
      return this.passkeys.answer(sent, browser, { ...source, knownAs: this.#known.nameOfAny(mark) });
    if ('code' in sent) return this.signIn.second(sent.attempt, sent.code, source);
    const knownAs = this.#known.nameOf(mark, sent.email);
    return this.signIn.password(sent.email, sent.password, { ...source, knownAs });
  }
}

/** The page that the form came from. */
function pageOf(sent: SignInForm, place: SignInPlace, alert: string): string {
  if ('attempt' in sent && sent.attempt !== undefined) return secondFactorPage(place, sent.attempt, alert);
  return passwordPage(place, { email: 'email' in sent ? sent.email : '', alert });
}
