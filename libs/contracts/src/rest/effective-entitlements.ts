import { z } from 'zod';
import { entitlementRulesSchema } from '../entitlements/entitlement-rules.ts';

/** Rules from one source, as they hold: of a plan without those in whose place an admin has set others. */
export const entitlementLevelSchema = z.object({
  kind: z.enum(['plan', 'override', 'credential', 'delegation']),
  /** Whose calls it counts: of a user, of a credential, of a delegation. */
  id: z.string(),
  /** The plan, the user, the credential, or whoever has delegated, by name. */
  label: z.string(),
  rules: entitlementRulesSchema,
});

const instantSchema = z.iso.datetime();

/** What limits the calls of a user: each rule of each level. */
export const effectiveEntitlementsSchema = z.object({
  user_id: z.string(),
  levels: z.array(entitlementLevelSchema),
  /** When the counts begin anew: the next minute and the next day of UTC. */
  resets: z.object({ per_minute: instantSchema, per_day: instantSchema }),
});

/** The same for whoever asks, with what their token is limited to. Null: not at all. */
export const ownEntitlementsSchema = effectiveEntitlementsSchema.extend({
  tools: z.array(z.string()).nullable(),
  servers: z.array(z.string()).nullable(),
  /** Names of the only commands. */
  commands: z.array(z.string()).nullable(),
});

export type EntitlementLevelBody = z.infer<typeof entitlementLevelSchema>;
export type EffectiveEntitlementsBody = z.infer<typeof effectiveEntitlementsSchema>;
export type OwnEntitlementsBody = z.infer<typeof ownEntitlementsSchema>;
