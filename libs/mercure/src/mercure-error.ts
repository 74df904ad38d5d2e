/**
 * What went wrong, in the terms of somebody who has to decide what to do next.
 *
 * - `network`: no connection, or it broke. Worth another try.
 * - `timeout`: the hub did not answer, or a stream fell silent. Worth another try.
 * - `unauthorized`: 401 or 403. A fresh token may heal it.
 * - `refused`: another 4xx or a redirect: the request or the hub's address is wrong, and stays wrong until changed.
 * - `unavailable`: 5xx or 429. Worth another try, later.
 * - `protocol`: the other side does not speak Mercure.
 * - `token`: the caller's own token provider failed.
 * - `invalid`: the update breaks a rule of the protocol.
 * - `closed`: the embedded hub was closed.
 */
export type MercureErrorKind =
  'network' | 'timeout' | 'unauthorized' | 'refused' | 'unavailable' | 'protocol' | 'token' | 'invalid' | 'closed';

/** The one error of this package. Messages never hold a token, the data of an update or a query string. */
export class MercureError extends Error {
  override readonly name = 'MercureError';
  readonly kind: MercureErrorKind;
  /** HTTP status: the one received, or for `invalid` the one to answer. */
  readonly status: number | undefined;

  constructor(kind: MercureErrorKind, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.status = options.status;
  }

  /** The error for an answer of a hub that is neither a stream nor a receipt. */
  static fromStatus(status: number): MercureError {
    return new MercureError(kindOfStatus(status), `The hub answered ${status}.`, { status });
  }
}

function kindOfStatus(status: number): MercureErrorKind {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429 || status >= 500) return 'unavailable';
  return status >= 300 ? 'refused' : 'protocol';
}
