import { reachesServer, ServonautError, type ServerEntry } from '@servonaut/contracts';
import type { Caller } from './caller.ts';

type Asker = Caller | undefined;

/**
 * Refuses a server that the principal is not limited to. The coordinator has checked it; here it is checked again by whoever has the servers, against
 * what the seal says. The refusal tells nothing about those that are out of reach: one that is not there has no labels, and is refused in the same words.
 * @throws ServonautError `policy_denied` by the rule `principal.servers`
 */
export function checkPrincipalReaches(principal: Asker, name: string, servers: readonly ServerEntry[]): void {
  if (!isLimited(principal)) return;
  const server = servers.find((one) => one.name === name) ?? { name, labels: {} };
  if (reachesServer(principal, server)) return;
  throw new ServonautError('policy_denied', {
    message: `"${principal.label}" may not use ${name} (rule principal.servers).`,
    facts: { rule: 'principal.servers' },
  });
}

/** The servers that the principal may know of; all, when it is not limited to any. */
export function serversWithin(principal: Asker, servers: readonly ServerEntry[]): readonly ServerEntry[] {
  return isLimited(principal) ? servers.filter((server) => reachesServer(principal, server)) : servers;
}

function isLimited(principal: Asker): principal is Caller {
  return principal?.servers !== undefined || principal?.within !== undefined;
}
