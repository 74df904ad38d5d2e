import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ServonautError, type Scope } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { OPEN_LOCALLY, PUBLIC_ROUTE, REQUIRED_SCOPE } from '../../platform/access/route-access.ts';
import type { AuthenticatedRequest } from './access.ts';
import { isLocalRequest } from './local-request.ts';
import type { Principal } from './principal.ts';
import { TokenVerifier } from './token-verifier.ts';

/** The `Authorization` header of RFC 6750 section 2.1. A token anywhere else is not looked at. */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i;

/** Stands before every route. A route that says nothing of who may call it is refused. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { open, scope, openLocally } = this.#rule(context);
    if (open) return true;
    if (!scope)
      throw new ServonautError('internal', { detail: `${request.method} ${request.path} has no access rule` });
    if (openLocally && isLocalRequest(request, this.config.publicUrl)) return true;
    request.principal = holder(scope, await this.verifier.verify(bearerToken(request.headers.authorization)));
    return true;
  }

  /** What the handler says, or else its controller. The two are never mixed: a public handler in a guarded controller is public. */
  #rule(context: ExecutionContext): { open: boolean; scope: Scope | undefined; openLocally: boolean } {
    const rules = [context.getHandler(), context.getClass()].map((target) => ({
      open: this.reflector.get<true | undefined>(PUBLIC_ROUTE, target) === true,
      scope: this.reflector.get<Scope | undefined>(REQUIRED_SCOPE, target),
      openLocally: this.reflector.get<true | undefined>(OPEN_LOCALLY, target) === true,
    }));
    return rules.find(({ open, scope }) => open || scope) ?? { open: false, scope: undefined, openLocally: false };
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw new ServonautError('unauthenticated');
  const token = BEARER.exec(header)?.[1];
  if (token === undefined)
    throw new ServonautError('token_invalid', { message: 'The Authorization header holds no bearer token.' });
  return token;
}

function holder(scope: Scope, principal: Principal): Principal {
  if (principal.scopes.has(scope)) return principal;
  throw new ServonautError('insufficient_scope', { message: `This needs the scope ${scope}.`, facts: { scope } });
}
