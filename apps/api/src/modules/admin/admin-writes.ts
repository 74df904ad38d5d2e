import { Injectable, Logger, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { errorRow } from '@servonaut/contracts';
import type { Response } from 'express';
import { catchError, concatMap, from, type Observable } from 'rxjs';
import { toServonautError } from '../../platform/errors/to-servonaut-error.ts';
import { isReplayed } from '../../platform/idempotency/idempotency.interceptor.ts';
import { AuditTrail, redact, type AuditEvent } from '../audit/index.ts';
import { noAdminAnyMore, TokenVerifier, type AuthenticatedRequest } from '../auth/index.ts';

/** All that only admins reach, also what is added later. */
const ADMIN_PATH = /^\/?api\/admin(?:\/|$)/;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Stands before all that an admin changes, and before all routes, so that none can be forgotten. That it was asked for is put on record before it is
 * done, so that nothing is done unseen, and what became of it after. What was believed of the admin at the door may be some hundred milliseconds old,
 * so the database is asked once more. What is done is logged, by ids alone.
 */
@Injectable()
export class AdminWrites implements NestInterceptor {
  readonly #logger = new Logger(AdminWrites.name);

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly trail: AuditTrail,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    if (READING.has(request.method) || !ADMIN_PATH.test(pathOf(context))) return next.handle();
    await this.trail.record(eventOf(request, 'admin.asked'));
    return from(this.#holdAdmin(request)).pipe(
      concatMap(() => next.handle()),
      concatMap(async (answer: unknown) => {
        await this.#done(request, answer, isReplayed(http.getResponse<Response>()));
        return answer;
      }),
      catchError((error: unknown) => this.#notDone(request, error)),
    );
  }

  async #holdAdmin({ principal, ip }: AuthenticatedRequest): Promise<void> {
    const { scopes } = await this.verifier.recheck(principal, ip);
    if (!scopes.has('admin')) throw noAdminAnyMore();
  }

  /** @param again when the answer is that of an earlier request with the same key: nothing was changed now */
  async #done(request: AuthenticatedRequest, answer: unknown, again: boolean): Promise<void> {
    if (!again) this.#log(request, answer);
    const what = again ? {} : { asked: redact(request.body ?? null) };
    await this.trail.record(
      eventOf(request, again ? 'admin.repeated' : 'admin.changed', { ...what, ...named(answer) }),
    );
  }

  /** What failed on our side may have been done before: only what was refused was certainly not. */
  async #notDone(request: AuthenticatedRequest, error: unknown): Promise<never> {
    const { code } = toServonautError(error);
    const kind = errorRow(code).http >= 500 ? 'admin.failed' : 'admin.refused';
    if (code !== 'audit_unavailable') await this.trail.record(eventOf(request, kind, { code }));
    throw error;
  }

  #log({ method, path, principal }: AuthenticatedRequest, answer: unknown): void {
    const { id: made } = named(answer);
    const what = typeof made === 'string' && !path.endsWith(made) ? `: ${made}` : '';
    this.#logger.log(`${method} ${path} by user ${principal.userId} with ${principal.kind} ${principal.id}${what}`);
  }
}

/** As the author of the route wrote it: what was sent may be written in many ways. */
function pathOf(context: ExecutionContext): string {
  const path: unknown = Reflect.getMetadata(PATH_METADATA, context.getClass());
  return typeof path === 'string' ? path : '';
}

function eventOf(
  request: AuthenticatedRequest,
  kind: string,
  data: Readonly<Record<string, unknown>> = {},
): AuditEvent {
  const { method, params, principal } = request;
  const { path } = request.route as { path: string };
  const { kind: actorKind, id, label, userId } = principal;
  return {
    kind,
    userId: null,
    actor: { kind: actorKind, id, label },
    data: { method, route: path, params: { ...params }, admin: userId, ...data },
  };
}

/** Of an answer, what it is about. The rest may hold a token, or a link that is one. */
function named(answer: unknown): Readonly<Record<'id' | 'user_id' | 'kid', unknown>> {
  const { id, user_id, kid } = (answer ?? {}) as Record<string, unknown>;
  return { id, user_id, kid };
}
