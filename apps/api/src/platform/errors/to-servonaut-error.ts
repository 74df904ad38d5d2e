import { HttpException } from '@nestjs/common';
import { ServonautError, type ErrorCode } from '@servonaut/contracts';
import { withoutQuery } from './failed-query.ts';

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'not_entitled',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'payload_too_large',
  429: 'too_many_requests',
  503: 'unavailable',
};

/** Whatever was thrown, as one of ours. What is not known to be public becomes the private detail. */
export function toServonautError(thrown: unknown): ServonautError {
  if (thrown instanceof ServonautError) return thrown;
  if (thrown instanceof HttpException && isMalformedJson(thrown)) return new ServonautError('malformed_json');
  if (thrown instanceof HttpException) return fromStatus(thrown.getStatus(), thrown);
  const told = withoutQuery(thrown);
  return new ServonautError('internal', {
    detail: told instanceof Error ? told.message : String(told),
    cause: told,
  });
}

/** The body parser marks its errors with a `type`; Nest wraps them. */
function isMalformedJson({ cause }: HttpException): boolean {
  return cause instanceof SyntaxError && (cause as { type?: unknown }).type === 'entity.parse.failed';
}

/** Below 500 the sentence of the status is enough; a framework's own text may quote what the caller sent, or a path of ours. */
function fromStatus(status: number, cause: Error): ServonautError {
  const code = CODE_BY_STATUS[status] ?? (status < 500 ? 'invalid_request' : 'internal');
  return new ServonautError(code, { detail: cause.message, cause });
}
