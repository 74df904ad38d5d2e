import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ServonautError } from '@servonaut/contracts';
import { catchError, concatMap, type Observable } from 'rxjs';
import { AuditTrail, redact, type AuditEvent } from '../audit/index.ts';
import type { AuthenticatedRequest } from '../auth/index.ts';

/** Where everything that changes something is put on record, also what is added later. */
const ADMIN_PATH = /^\/?api\/admin(?:\/|$)/;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Puts on record what admins change: that it was asked for before it is done, so that nothing is done unseen, and what became of it after.
 * Stands before all routes, so that none can be forgotten.
 */
@Injectable()
export class AdminAudit implements NestInterceptor {
  constructor(private readonly trail: AuditTrail) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (READING.has(request.method) || !ADMIN_PATH.test(pathOf(context))) return next.handle();
    await this.trail.record(eventOf(request, 'admin.asked'));
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        const asked = redact(request.body ?? null);
        await this.trail.record(eventOf(request, 'admin.changed', { asked, ...named(answer) }));
        return answer;
      }),
      catchError(async (error: unknown) => {
        const code = error instanceof ServonautError ? error.code : 'internal';
        if (code !== 'audit_unavailable') await this.trail.record(eventOf(request, 'admin.refused', { code }));
        throw error;
      }),
    );
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
function named(answer: unknown): Record<string, unknown> {
  if (typeof answer !== 'object' || answer === null) return {};
  const { id, user_id: userId, kid } = answer as Record<string, unknown>;
  return { id, user_id: userId, kid };
}
