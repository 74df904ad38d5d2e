import { ServonautError } from '@servonaut/contracts';

/** Whether a limit said no, for those who answer it in the words of OAuth. */
export function isTooMany(error: unknown): error is ServonautError {
  return error instanceof ServonautError && error.code === 'too_many_requests';
}

/** The header `Retry-After`, in seconds. */
export function retryAfter({ facts }: ServonautError): string {
  const seconds = facts['retry_after_seconds'];
  return String(typeof seconds === 'number' ? seconds : 1);
}
