import { z } from 'zod';
import { entitlementRulesSchema } from '../entitlements/entitlement-rules.ts';
import { ownServerSelectorSchema } from '../entitlements/server-selector.ts';
import { toolNameSchema } from '../identifiers.ts';
import { givenInstantSchema } from '../instant.ts';
import { WIRE_LIMITS } from '../limits.ts';
import { teamNameSchema } from './team.ts';

/** Delegations over REST: of users at `/api/me/delegations`, and of everybody's for admins. */

/** Most tools that one delegation is limited to. */
const TOOLS = 100;
/** Most rules for single tools: one more, for all of them, is added where there is none. */
const TOOL_RULES = 99;

/** The name of a user, which may be their e-mail address. */
const userNameSchema = z
  .string()
  .min(1)
  .max(254)
  .regex(/^[^\p{Cc}\p{Cf}\p{Z}]*$/u, 'no spaces or control characters');

export const delegationIdSchema = z.uuid();

/** What a delegation allows. Null, but for rules: no limit of its own, besides those of the two users. */
const limits = {
  servers: z.array(ownServerSelectorSchema).min(1).max(WIRE_LIMITS.serverPatterns),
  tools: z.array(toolNameSchema).max(TOOLS).nullable(),
  /** Limits of its calls, which are counted for all who may use it together. What they do not say of how many there may be in all, and null, is what the coordinator gives by default. */
  rules: entitlementRulesSchema
    .refine((rules) => '*' in rules || Object.keys(rules).length <= TOOL_RULES, `at most ${TOOL_RULES} rules for tools`)
    .nullable(),
  expires_at: givenInstantSchema
    .refine((instant) => Date.parse(instant) > Date.now(), 'expected an instant in the future')
    .nullable(),
};

export const newDelegationSchema = z.strictObject({
  /** Who may use the servers. */
  to: z.union([z.strictObject({ user: userNameSchema }), z.strictObject({ team: teamNameSchema })]),
  servers: limits.servers,
  tools: limits.tools.default(null),
  rules: limits.rules.default(null),
  expires_at: limits.expires_at.default(null),
});

/** What can be changed of a delegation: what is not named stays, and null takes a limit away, of rules all but the default. To whom it is given cannot. */
export const changeDelegationSchema = z
  .strictObject(limits)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'nothing to change');

/** Whether calls are made through it: no, once it has been ended or has expired. */
export const delegationStateSchema = z.enum(['active', 'ended', 'expired']);

const instantSchema = z.iso.datetime();

export const delegationSchema = z.object({
  id: delegationIdSchema,
  /** Whose servers they are. */
  grantor: z.object({ id: z.string(), name: z.string() }),
  grantee: z.object({ kind: z.enum(['user', 'team']), id: z.string(), name: z.string() }),
  state: delegationStateSchema,
  servers: z.array(z.string()),
  tools: z.array(z.string()).nullable(),
  rules: entitlementRulesSchema.nullable(),
  /** Counts the changes: the entity tag. */
  version: z.int(),
  created_at: instantSchema,
  expires_at: instantSchema.nullable(),
  ended_at: instantSchema.nullable(),
});

/** A page, oldest first. */
export const delegationsSchema = z.object({
  delegations: z.array(delegationSchema),
  next_cursor: z.string().nullable(),
});

export type NewDelegationBody = z.infer<typeof newDelegationSchema>;
export type ChangeDelegationBody = z.infer<typeof changeDelegationSchema>;
export type DelegationState = z.infer<typeof delegationStateSchema>;
export type DelegationBody = z.infer<typeof delegationSchema>;
export type DelegationsBody = z.infer<typeof delegationsSchema>;
