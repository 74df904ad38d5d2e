import { canonicalJson, isWithinSelectors, type EntitlementRule, type EntitlementRules } from '@servonaut/contracts';
import { allowedTools } from '../allowed-tools.ts';
import type { CredentialLimits } from './credential-facts.ts';
import { isWithin, networkOf } from './network.ts';

/** Largest values. */
const BOUNDS = ['timeout_seconds', 'output_bytes'] as const;
/** Counts of calls. Another credential has its own, so that any number of credentials would be more. */
const COUNTS = ['per_minute', 'per_day', 'concurrent'] as const;

/**
 * Which limits of what is given allow what those of its maker do not. Sure and not complete: none is named only when nothing more is allowed, whatever
 * servers and tools there are; and some are though nothing would be.
 */
export function widerLimits(given: CredentialLimits, maker: CredentialLimits): (keyof CredentialLimits)[] {
  const isWider = {
    tools: exceeds(allowedTools(given), allowedTools(maker), (tools, of) => tools.every((tool) => of.includes(tool))),
    servers: exceeds(given.servers, maker.servers, areWithin),
    rules: exceeds(given.rules, maker.rules, keep),
    commands: exceeds(given.commands, maker.commands, (commands, of) => {
      const known = new Set(of.map(canonicalJson));
      return commands.every((command) => known.has(canonicalJson(command)));
    }),
    addresses: exceeds(given.addresses, maker.addresses, areNetworksOf),
    expiresAt: exceeds(given.expiresAt, maker.expiresAt, (expiresAt, of) => expiresAt <= of),
  };
  return (Object.keys(isWider) as (keyof CredentialLimits)[]).filter((limit) => isWider[limit]);
}

function exceeds<Limit>(
  given: Limit | null,
  of: Limit | null,
  isNarrow: (given: Limit, of: Limit) => boolean,
): boolean {
  return of !== null && (given === null || !isNarrow(given, of));
}

function areWithin(servers: readonly string[], of: readonly string[]): boolean {
  return servers.every((server) => isWithinSelectors(server, of));
}

function areNetworksOf(addresses: readonly string[], of: readonly string[]): boolean {
  const wide = of.flatMap((text) => networkOf(text) ?? []);
  return addresses.every((text) => {
    const narrow = networkOf(text);
    return narrow !== undefined && wide.some((network) => isWithin(narrow, network));
  });
}

/** Each rule of the maker is there again, and as narrow. */
function keep(given: EntitlementRules, of: EntitlementRules): boolean {
  return Object.entries(of).every(([tool, rule]) => isKept(Object.hasOwn(given, tool) ? given[tool] : undefined, rule));
}

function isKept(given: EntitlementRule = {}, of: EntitlementRule): boolean {
  if (COUNTS.some((count) => of[count] !== undefined)) return false;
  if (of.allowed === false && given.allowed !== false) return false;
  if (exceeds(given.servers ?? null, of.servers ?? null, areWithin)) return false;
  return !BOUNDS.some((bound) => exceeds(given[bound] ?? null, of[bound] ?? null, (value, most) => value <= most));
}
