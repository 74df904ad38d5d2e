import { z } from 'zod';
import { entitlementRulesSchema, planIdSchema } from '../entitlements/entitlement-rules.ts';

/** Users over REST, for admins. */

export const roleSchema = z.enum(['member', 'admin']);

/** What users have, and the rules that an admin has set for one of them. Null: none. */
const limits = { plan: planIdSchema.nullable(), rules: entitlementRulesSchema.nullable() };

/** As it can be written in the address of a server (`alice/web-1`). */
export const userNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/,
    'expected up to 64 letters, digits or "_.@-", starting with a letter or digit',
  );

export const newUserSchema = z.strictObject({
  name: userNameSchema,
  /** By default the plan that the coordinator is set to give. */
  plan: limits.plan.optional(),
});

/** What is not named stays; null takes a plan, or the rules, away. */
export const changeUserSchema = z
  .strictObject({ disabled: z.boolean(), role: roleSchema, ...limits })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'nothing to change');

const instantSchema = z.iso.datetime();

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  ...limits,
  /** Counts the changes: the entity tag. */
  version: z.int(),
  created_at: instantSchema,
  disabled_at: instantSchema.nullable(),
});

/** A page, by ascending id. */
export const usersSchema = z.object({ users: z.array(userSchema), next_cursor: z.string().nullable() });

export type NewUserBody = z.infer<typeof newUserSchema>;
export type ChangeUserBody = z.infer<typeof changeUserSchema>;
export type UserBody = z.infer<typeof userSchema>;
