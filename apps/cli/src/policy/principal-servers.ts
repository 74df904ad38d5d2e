import { fitsServerPattern, ServonautError, type ServerEntry, type WirePrincipal } from '@servonaut/contracts';

type Asker = WirePrincipal | undefined;

/**
 * Refuses a server that the principal is not limited to. The coordinator has checked it; here it is checked again by whoever has the servers,
 * against what the seal says, and without looking whether there is such a server: the refusal tells nothing about those that are out of reach.
 * @throws ServonautError `policy_denied` by the rule `principal.servers`
 */
export function checkPrincipalReaches(principal: Asker, server: string): void {
  if (reaches(principal, server)) return;
  throw new ServonautError('policy_denied', {
    message: `"${principal?.label}" may not use ${server} (rule principal.servers).`,
    facts: { rule: 'principal.servers' },
  });
}

/** The servers that the principal may know of; all, when it is not limited to any. */
export function serversWithin(principal: Asker, servers: readonly ServerEntry[]): readonly ServerEntry[] {
  return principal?.servers ? servers.filter(({ name }) => reaches(principal, name)) : servers;
}

function reaches(principal: Asker, server: string): boolean {
  return principal?.servers?.some((pattern) => fitsServerPattern(pattern, server)) ?? true;
}
