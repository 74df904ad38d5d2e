import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Scope } from '@servonaut/contracts';
import type { Request } from 'express';
import type { Principal } from './principal.ts';

/** Requests that the guard has let through carry their principal. */
export interface AuthenticatedRequest extends Request {
  principal: Principal;
}

export const REQUIRED_SCOPE = Symbol('required scope');
export const PUBLIC_ROUTE = Symbol('public route');

/** The scope without which a route answers 403. Every route has either this or `@PublicRoute()`; the guard refuses a route with neither. */
export const RequireScope = (scope: Scope) => SetMetadata(REQUIRED_SCOPE, scope);

/** Marks a route that needs no token. All of them are listed in docs/security/public-routes.md, and a test compares. */
export const PublicRoute = () => SetMetadata(PUBLIC_ROUTE, true);

/** The verified principal of the request. */
export const CurrentPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => context.switchToHttp().getRequest<AuthenticatedRequest>().principal,
);
