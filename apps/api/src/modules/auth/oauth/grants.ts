import type { RequestedScope } from '@servonaut/contracts';
import type { Audience } from '../token-verifier.ts';
import type { ClientOrigin } from './interactions.ts';

/** What a user has allowed a client, until one of them ends it. */
export interface GrantFacts {
  /** As it is stored, which is not what the authorization server calls it; claim `gid` of its access tokens. */
  readonly id: string;
  readonly client: { readonly id: string; readonly name: string; readonly origin: ClientOrigin };
  readonly audience: Audience;
  readonly scopes: readonly RequestedScope[];
  readonly createdAt: Date;
  /** When the client last got a token by it: exact to the life of an access token while it is in use. */
  readonly lastUsedAt: Date;
  readonly expiresAt: Date | null;
}

/**
 * Port: grants of users to clients. A revoked one takes its codes, its refresh tokens and the credentials that were made with it along, and its access
 * tokens are refused.
 */
export abstract class Grants {
  /** Those in force, latest first. */
  abstract list(userId: string): Promise<GrantFacts[]>;

  /** Whether its access tokens are taken now: neither it nor its user has been ended. */
  abstract isInForce(id: string): Promise<boolean>;

  /** Whether anybody lets the client do anything now. */
  abstract isLetIn(clientId: string): Promise<boolean>;

  /** @throws ServonautError `not_found` when the user has no such grant. */
  abstract revoke(id: string, userId: string): Promise<void>;

  /** Also takes the credentials along that the user has made by grants that are over. */
  abstract revokeAll(userId: string): Promise<void>;
}
