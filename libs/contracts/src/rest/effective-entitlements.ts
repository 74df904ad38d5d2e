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

/** How much of a count is used. */
export const usedCountSchema = z.object({
  /** As denials name it, such as `plan.free/*.per_day`. */
  rule: z.string(),
  limit: z.int(),
  used: z.int(),
  /** When it begins anew; null for calls that run at the same time. */
  resets_at: instantSchema.nullable(),
});

/** What limits the calls of a user: each rule of each level. */
export const effectiveEntitlementsSchema = z.object({
  user_id: z.string(),
  levels: z.array(entitlementLevelSchema),
  counts: z.array(usedCountSchema),
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
