import type { Scope } from '@servonaut/contracts';

/** An admin may give clients the scope `admin`, and invite. */
export type Role = 'member' | 'admin';

/** What is left of the scopes of a token while its user has the role. Whoever is no admin, or no more, lets nobody act as one. */
export function scopesWithin(role: Role, scopes: ReadonlySet<Scope>): ReadonlySet<Scope> {
  return role === 'admin' ? scopes : new Set([...scopes].filter((scope) => scope !== 'admin'));
}
