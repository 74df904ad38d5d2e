import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Principal } from './principal.ts';

export { RequireScope } from '../../platform/access/route-access.ts';

/** Requests that the guard has let through carry their principal. */
export interface AuthenticatedRequest extends Request {
  principal: Principal;
}

/** The verified principal of the request. */
export const CurrentPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().principal,
);
