import type { CommandTemplate, EntitlementRules, Scope } from '@servonaut/contracts';

/** Rules from one source. A call has to satisfy all rules of all levels. */
export interface EntitlementLevel {
  readonly kind: 'plan' | 'override' | 'credential' | 'delegation';
  /** What its calls are counted for, with `kind`: the user of a plan or an override, a credential, a delegation. */
  readonly id: string;
  /** For people: name of the plan, of the user, of the credential, or of whoever has delegated. */
  readonly label: string;
  readonly rules: EntitlementRules;
  /** Of a call through a delegation: name of whoever gave it, when the level is of what they may do themselves. */
  readonly grantor?: string;
}

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
  /** Servers (`serverSelectorSchema`) that the token is limited to; null for no limit of its own. */
  readonly servers: readonly string[] | null;
  /** Rules beyond those two lists: of the user's plan, of what an admin has set for them, and of the credential. */
  readonly levels: readonly EntitlementLevel[];
  /** The only commands that `run_command` takes; null for any. */
  readonly commands: readonly CommandTemplate[] | null;
  readonly expiresAt: Date | null;
  /** Through OAuth: when the grant ends, however much it is used. */
  readonly signedInUntil?: Date | null;
}
