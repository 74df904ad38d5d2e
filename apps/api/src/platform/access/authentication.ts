import type { Request } from 'express';

/** Injection token of the request handler that finds out who is calling. It stands before whatever reads a body. */
export const AUTHENTICATION = Symbol('Authentication');

/** Where a client that is refused finds out how to be let in (RFC 9728 section 5.1), and the scope that it needs. */
export interface WayIn {
  readonly resourceMetadata: string;
  readonly scope: string;
}

/** When and after how many revocations a token was verified. */
export interface Verification {
  /** On the monotonic clock, in milliseconds. */
  readonly at: number;
  readonly revocations: number;
}

/** What the authentication leaves on a request: whom it found and when, or why it did not. Nothing, when no token was offered. */
export interface IdentifiedRequest<Principal extends object = object> extends Request {
  principal?: Principal;
  verification?: Verification;
  refusal?: Error;
  /** Left by the guard of a route that needs a token. */
  wayIn?: WayIn;
}
