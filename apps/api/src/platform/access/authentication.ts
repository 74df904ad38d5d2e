import type { Request } from 'express';

/** Injection token of the request handler that finds out who is calling. It stands before whatever reads a body. */
export const AUTHENTICATION = Symbol('Authentication');

/** What the authentication leaves on a request: whom it found, or why it did not. Neither, when no token was offered. */
export interface IdentifiedRequest<Principal extends object = object> extends Request {
  principal?: Principal;
  refusal?: Error;
}
