import type { CommandTemplate, CredentialState, EntitlementRules, Scope } from '@servonaut/contracts';
import type { credentials } from '../../../platform/database/schema.ts';
import type { Principal } from '../principal.ts';

/** What a credential is limited to. Null: no limit of its own. */
export interface CredentialLimits {
  readonly tools: readonly string[] | null;
  /** Selectors (`serverSelectorSchema`). */
  readonly servers: readonly string[] | null;
  /** Rules of its calls, with counts of its own. */
  readonly rules: EntitlementRules | null;
  /** The only commands of `run_command`. */
  readonly commands: readonly CommandTemplate[] | null;
  /** Networks that it may be used from, as `networkText` writes them. */
  readonly addresses: readonly string[] | null;
  readonly expiresAt: Date | null;
}

/** What a credential may be issued with. A limit that is not named is none. */
export interface NewCredential extends Partial<CredentialLimits> {
  readonly userId: string;
  /** For people, never for decisions. */
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Whoever issues it; null on the first start. */
  readonly createdBy: Principal | null;
}

type Changeable = CredentialLimits & Pick<NewCredential, 'label'>;

/** What is not named stays. */
export type CredentialChange = { readonly [Name in keyof Changeable]?: Changeable[Name] | undefined };

/** All that is known of a credential afterwards. Its secret is not. */
export interface CredentialFacts extends CredentialLimits {
  readonly id: string;
  readonly userId: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Counts the changes. */
  readonly version: number;
  /** Id of the credential or grant that has issued it; null on the first start. */
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  /** Exact to a minute. */
  readonly lastUsedAt: Date | null;
}

export function stateOf({ revokedAt, expiresAt }: CredentialFacts, now = new Date()): CredentialState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

export function limitsOf(given: Partial<CredentialLimits>): CredentialLimits {
  const { tools = null, servers = null, rules = null, commands = null, addresses = null, expiresAt = null } = given;
  return { tools, servers, rules, commands, addresses, expiresAt };
}

export function toFacts(row: typeof credentials.$inferSelect): CredentialFacts {
  const { secretHash: _, createdByUser: __, userId, scopes, ...rest } = row;
  return { ...rest, userId: String(userId), scopes: scopes as Scope[] };
}

/** The columns of what is named. */
export function columnsOf({ label, tools, servers, rules, commands, addresses, expiresAt }: CredentialChange) {
  return {
    ...(label !== undefined && { label }),
    ...(tools !== undefined && { tools: tools && [...tools] }),
    ...(servers !== undefined && { servers: servers && [...servers] }),
    ...(rules !== undefined && { rules }),
    ...(commands !== undefined && { commands }),
    ...(addresses !== undefined && { addresses: addresses && [...addresses] }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
