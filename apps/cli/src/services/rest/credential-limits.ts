import { commandTemplatesSchema, entitlementRulesSchema } from '@servonaut/contracts';
import { readExpiry, readGiven } from './given-limits.ts';

/** What a credential is limited to, as flags say it. */
export interface GivenLimits {
  readonly tool?: readonly string[] | undefined;
  readonly server?: readonly string[] | undefined;
  readonly address?: readonly string[] | undefined;
  readonly expires?: string | undefined;
  readonly 'per-minute'?: number | undefined;
  readonly 'per-day'?: number | undefined;
  readonly concurrent?: number | undefined;
  readonly rules?: string | undefined;
  readonly commands?: string | undefined;
  /** What is to be limited no more. */
  readonly lift?: readonly string[] | undefined;
}

/** @throws ServonautError `invalid_request`, `config_invalid` for a file */
export async function limitsFrom(given: GivenLimits): Promise<Record<string, unknown>> {
  const { tool, server, address, expires, commands } = given;
  const rules = await rulesFrom(given);
  return {
    ...Object.fromEntries((given.lift ?? []).map((name) => [name === 'expires' ? 'expires_at' : name, null])),
    ...(tool && { tools: tool }),
    ...(server && { servers: server }),
    ...(address && { addresses: address }),
    ...(expires !== undefined && { expires_at: readExpiry(expires) }),
    ...(rules && { rules }),
    ...(commands !== undefined && { commands: await readGiven(commands, commandTemplatesSchema) }),
  };
}

/** Those of the file, and one for all tools together. */
async function rulesFrom(given: GivenLimits): Promise<object | undefined> {
  const { 'per-minute': per_minute, 'per-day': per_day, concurrent } = given;
  const counts = Object.entries({ per_minute, per_day, concurrent }).filter(([, count]) => count !== undefined);
  const filed = given.rules === undefined ? undefined : await readGiven(given.rules, entitlementRulesSchema);
  if (counts.length === 0) return filed;
  return { ...filed, '*': { ...filed?.['*'], ...Object.fromEntries(counts) } };
}
