import { SetMetadata } from '@nestjs/common';
import type { Scope } from '@servonaut/contracts';

export const REQUIRED_SCOPE = Symbol('required scope');
export const OTHER_SCOPES = Symbol('other scopes');
export const PUBLIC_ROUTE = Symbol('public route');
export const OPEN_LOCALLY = Symbol('open locally');

/** The scope without which a route answers 403. Every route has either this or `@PublicRoute()`; the guard refuses a route with neither. */
export const RequireScope = (scope: Scope) => SetMetadata(REQUIRED_SCOPE, scope);

/** Besides `@RequireScope`: a token with one of these will do as well. */
export const OrScope = (...scopes: readonly Scope[]) => SetMetadata(OTHER_SCOPES, scopes);

/** Marks a route that needs no token. All of them are listed in docs/security/public-routes.md, and a test compares. */
export const PublicRoute = () => SetMetadata(PUBLIC_ROUTE, true);

/** Besides `@RequireScope`: no token is asked of this same machine while the coordinator is not published to any other. */
export const OpenLocally = () => SetMetadata(OPEN_LOCALLY, true);
