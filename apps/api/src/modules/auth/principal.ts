import type { Scope } from '@servonaut/contracts';

/** Who is calling, after the token has been verified. Facts, not claims. */
export interface Principal {
  /** The user on whose behalf the call is made; whose executors run it. */
  readonly userId: string;
  readonly userName: string;
  /** `user` through OAuth, `credential` through an API key. */
  readonly kind: 'user' | 'credential';
  /** Id of the credential, or of the grant (`GrantFacts.id`): whatever can be revoked. */
  readonly id: string;
  /** For people: the name that the credential was given, or that of the OAuth client. */
  readonly label: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Tools that the token is limited to; null for no limit of its own. */
  readonly tools: readonly string[] | null;
  /** Servers (exact names, or patterns with `*`) that the token is limited to; null for no limit of its own. */
  readonly servers: readonly string[] | null;
  readonly expiresAt: Date | null;
  /** Through OAuth: when the grant ends, however much it is used. */
  readonly signedInUntil?: Date | null;
}
