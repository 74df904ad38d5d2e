import { createParamDecorator, Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { pageHeaders } from '../../../platform/http/page-headers.ts';
import { secretId } from '../people/link-secret.ts';
import type { RequestSource } from '../people/request-source.ts';
import { sessionCookie, type OwnCookie } from '../people/session-cookie.ts';
import { WebSessions, type WebSession } from '../people/web-sessions.ts';
import { FormTokens, type MakeForm } from './form-tokens.ts';

/** What a page knows of the browser that asks for it. */
export interface Visit {
  /** Undefined while nobody has signed in. */
  readonly session: WebSession | undefined;
  readonly source: RequestSource;
  /** What this browser is called, which nobody else knows. */
  readonly browser: string;
  readonly form: MakeForm;
}

interface VisitRequest extends Request {
  visit?: Visit;
}

const LONGEST_AGENT = 200;

/** Stands before every page: says the headers of a page, finds out who is there, and takes no form but ours. */
@Injectable()
export class VisitGuard implements CanActivate {
  readonly #cookie: OwnCookie;

  constructor(
    @Inject(APP_CONFIG) { publicUrl }: AppConfig,
    private readonly sessions: WebSessions,
    private readonly forms: FormTokens,
  ) {
    this.#cookie = sessionCookie(publicUrl);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const [request, response] = [http.getRequest<VisitRequest>(), http.getResponse<Response>()];
    response.setHeaders(new Map(pageHeaders()));
    const secret = this.#cookie.read(request);
    // Also of a session that has ended: the first of two clicks may have ended it.
    const sessionId = secret === undefined ? undefined : secretId(secret);
    if (request.method === 'POST') this.forms.check(request, sessionId);
    const browser = this.forms.visitor(request, response);
    const session = await this.sessions.of(secret);
    request.visit = { session, source: sourceOf(request), browser, form: this.forms.maker(browser, sessionId) };
    return true;
  }
}

export const CurrentVisit = createParamDecorator((_: unknown, context: ExecutionContext): Visit => {
  const { visit } = context.switchToHttp().getRequest<VisitRequest>();
  if (visit) return visit;
  throw new ServonautError('internal', { detail: 'a page without its VisitGuard' });
});

/** The session of somebody who has signed in. @throws ServonautError `unauthenticated`, which becomes the way to the sign-in. */
export function sessionOf({ session }: Visit): WebSession {
  if (session) return session;
  throw new ServonautError('unauthenticated');
}

function sourceOf(request: Request): RequestSource {
  return { address: request.ip ?? '', agent: (request.headers['user-agent'] ?? '').slice(0, LONGEST_AGENT) };
}
