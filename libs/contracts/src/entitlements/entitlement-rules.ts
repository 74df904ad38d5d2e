import { z } from 'zod';
import { toolNameSchema } from '../identifiers.ts';
import { WIRE_LIMITS } from '../limits.ts';
import { serverSelectorSchema } from './server-selector.ts';

/** Most tools that one set of rules names. */
const RULES = 100;
/** Largest count that a rule can set. */
const MOST_CALLS = 1_000_000_000;
/** Least that an answer can be cut to, in bytes: an error with its next step still fits. */
const LEAST_OUTPUT_BYTES = 1_024;

const count = z.int().min(0).max(MOST_CALLS);

/** What one rule limits. What it does not name, it does not limit. */
export const entitlementRuleSchema = z.strictObject({
  /** False: not at all. */
  allowed: z.boolean().optional(),
  /** The only servers. */
  servers: z.array(serverSelectorSchema).max(WIRE_LIMITS.serverPatterns).optional(),
  /** Calls within one minute of UTC. */
  per_minute: count.optional(),
  /** Calls within one day of UTC. */
  per_day: count.optional(),
  /** Calls that run at the same time. */
  concurrent: count.optional(),
  /** Longest run time that may be asked for, in seconds. */
  timeout_seconds: z.int().min(1).max(WIRE_LIMITS.timeoutSeconds).optional(),
  /** Most output of one call that the agent is shown, in bytes. */
  output_bytes: z.int().min(LEAST_OUTPUT_BYTES).max(WIRE_LIMITS.outputLength).optional(),
});
export type EntitlementRule = z.infer<typeof entitlementRuleSchema>;

/**
 * Rules by the tool that they are for; `*` is for all tools together, with one count. A call has to satisfy each rule that is for it, so a rule that is
 * added never allows more.
 */
export const entitlementRulesSchema = z
  .record(z.union([z.literal('*'), toolNameSchema]), entitlementRuleSchema)
  .refine((rules) => Object.keys(rules).length <= RULES, { error: `at most ${RULES} rules` });
export type EntitlementRules = z.infer<typeof entitlementRulesSchema>;

/** Name of a plan. */
export const planIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,31}$/,
    'expected up to 32 lower-case letters, digits or "_-", starting with a letter or digit',
  );
