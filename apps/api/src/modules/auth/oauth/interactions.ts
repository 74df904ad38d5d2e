import type { RequestedScope } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import type { WebSession } from '../people/web-sessions.ts';
import type { Audience } from '../token-verifier.ts';

/** Where what we know of a client comes from: from us, from itself without any proof, or from its document at the address that is its id. */
export type ClientOrigin = 'built-in' | 'registered' | 'document';

/** A flow that waits for the person in front of the browser. */
export interface Interaction {
  /** Its name, in the addresses that it has in this browser. */
  readonly uid: string;
  readonly prompt: 'login' | 'consent';
  readonly client: { readonly id: string; readonly name: string; readonly origin: ClientOrigin };
  /** Where the browser goes afterwards; null in the flow of a device. One that is registered for the client. */
  readonly redirectUri: string | null;
  /** Who has signed in within this flow. */
  readonly accountId: string | null;
  readonly audience: Audience;
  /** How old a sign-in may be that answers the client, in seconds: null for any, 0 for none from before the flow. */
  readonly signInSeconds: number | null;
  /** Scopes that the client asks for and that have not been consented to. */
  readonly missing: readonly RequestedScope[];
}

/** Who it was, how they were recognised (RFC 8176), and when: the client may learn that (`auth_time`). */
export type PersonsSignIn = Pick<WebSession, 'userId' | 'methods' | 'signedInAt'>;

/** Port: the part of a flow that people see. Each of the ends answers the request, with a redirect. */
export abstract class Interactions {
  /** @throws ServonautError `not_found` when there is no such flow in this browser, or it is over. */
  abstract of(request: Request, response: Response): Promise<Interaction>;

  abstract signedIn(request: Request, response: Response, by: PersonsSignIn): Promise<void>;

  /**
   * Consents to all that is missing.
   * @throws ServonautError `not_entitled` when the user may not give what is asked for.
   */
  abstract allowed(request: Request, response: Response): Promise<void>;

  abstract denied(request: Request, response: Response): Promise<void>;
}
