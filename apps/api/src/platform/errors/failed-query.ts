import { DrizzleQueryError } from 'drizzle-orm/errors';

/**
 * What may be said of an error. That of a query quotes all values that were bound to it, digests of secrets among them: its cause says what was wrong, and
 * nothing else of it goes anywhere.
 */
export function withoutQuery(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error;
  const { cause } = error;
  // The driver's own error has fields that quote values as well.
  const told = new Error(cause?.message ?? 'a query failed');
  if (cause?.stack !== undefined) told.stack = cause.stack;
  return Object.assign(told, { name: 'FailedQuery' });
}
