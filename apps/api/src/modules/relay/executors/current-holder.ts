import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedRequest } from '../../auth/index.ts';
import type { Holder } from './executor-record.ts';

/** The verified principal of the request as the one who speaks for executors. */
export const CurrentHolder = createParamDecorator((_: unknown, context: ExecutionContext): Holder => {
  const { userId, id } = context.switchToHttp().getRequest<AuthenticatedRequest>().principal;
  return { userId, credentialId: id };
});
