import { Injectable, Logger, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { tap, type Observable } from 'rxjs';
import { noAdminAnyMore, TokenVerifier, type AuthenticatedRequest } from '../auth/index.ts';

/**
 * Stands before all that an admin changes. What was believed of them at the door may be some hundred milliseconds old, so the database is asked
 * once more; and what they do is logged, by ids alone.
 */
@Injectable()
export class AdminWrites implements NestInterceptor {
  readonly #logger = new Logger(AdminWrites.name);

  constructor(private readonly verifier: TokenVerifier) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (request.method === 'GET' || request.method === 'HEAD') return next.handle();
    const { scopes } = await this.verifier.recheck(request.principal);
    if (!scopes.has('admin')) throw noAdminAnyMore();
    return next.handle().pipe(tap((answer) => this.#log(request, answer)));
  }

  #log({ method, path, principal }: AuthenticatedRequest, answer: unknown): void {
    const made = (answer as { readonly id?: unknown } | undefined)?.id;
    const what = typeof made === 'string' && !path.endsWith(made) ? `: ${made}` : '';
    this.#logger.log(`${method} ${path} by user ${principal.userId} with ${principal.kind} ${principal.id}${what}`);
  }
}
