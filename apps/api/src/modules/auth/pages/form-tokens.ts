import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { COORDINATOR_KEYS, type CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { Visitors } from '../people/visitors.ts';
import { html, type Html } from './html.ts';

/** A form that posts to a path of ours, and that only the browser it was made for can send. */
export type MakeForm = (action: string, body: Html) => Html;

/** Parameter of a flow's address with which the browser comes back from a sign-in elsewhere. */
export const SIGN_IN_PROOF = 'signed_in';

/**
 * Against requests that another site makes a browser send (CSRF), two checks that hold without each other: the origin that the browser names, and
 * a token in the form that is bound to the browser, to its session and to the path.
 */
@Injectable()
export class FormTokens {
  readonly #key: Uint8Array;
  readonly #visitors: Visitors;
  readonly #origin: string;

  constructor(@Inject(APP_CONFIG) { publicUrl }: AppConfig, @Inject(COORDINATOR_KEYS) keys: CoordinatorKeys) {
    this.#key = keys.derive('people/csrf');
    this.#visitors = new Visitors(publicUrl);
    this.#origin = new URL(publicUrl).origin;
  }

  /** The name of a browser; one that comes for the first time is given one. Forms are bound to it while nobody has signed in. */
  visitor(request: Request, response: Response): string {
    return this.#visitors.welcome(request, response);
  }

  maker(visitor: string, sessionId: string | undefined): MakeForm {
    return (action, body) =>
      html`<form method="post" action="${action}">
        <input type="hidden" name="form_token" value="${this.#token(visitor, sessionId, action)}" />
        ${body}
      </form>`;
  }

  /** @throws ServonautError `forbidden_origin` when it is not a form of ours, for this browser, this session and this path. */
  check(request: Request, sessionId: string | undefined): void {
    if (request.headers.origin !== this.#origin) throw new ServonautError('forbidden_origin');
    const visitor = this.#visitors.known(request);
    const given = (request.body as { form_token?: unknown } | undefined)?.form_token;
    if (visitor !== undefined && sameText(given, this.#token(visitor, sessionId, request.path))) return;
    throw new ServonautError('forbidden_origin', {
      message: 'This page is too old, or the browser keeps no cookies.',
      nextStep: 'Go back, load the page anew and try again.',
    });
  }

  /** Proves to `path`, in this browser, that somebody has just signed in for it. Undefined when the browser keeps no cookies. */
  signInProof(request: Request, userId: string, path: string): string | undefined {
    const visitor = this.#visitors.known(request);
    return visitor && this.#mac([visitor, userId, path, 'signed in']);
  }

  provesSignIn(request: Request, userId: string, given: unknown): boolean {
    const proof = this.signInProof(request, userId, request.path);
    return proof !== undefined && sameText(given, proof);
  }

  #token(visitor: string, sessionId: string | undefined, path: string): string {
    return this.#mac([visitor, sessionId ?? null, path]);
  }

  #mac(bound: readonly (string | null)[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(bound)).digest('base64url');
  }
}

function sameText(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
