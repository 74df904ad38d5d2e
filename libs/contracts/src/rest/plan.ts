import { z } from 'zod';
import { entitlementRulesSchema, planIdSchema } from '../entitlements/entitlement-rules.ts';

/** Plans over REST, which admins make: what users may do who have them. */

/** What settings say where they mean no plan, so that no plan is called so. */
export const NO_PLAN = 'none';

export const newPlanSchema = z.strictObject({
  id: planIdSchema.refine((id) => id !== NO_PLAN, `"${NO_PLAN}" stands for no plan`),
  rules: entitlementRulesSchema,
});

/** All rules: those that are not named are gone. */
export const changePlanSchema = z.strictObject({ rules: entitlementRulesSchema });

const instantSchema = z.iso.datetime();

export const planSchema = z.object({
  id: planIdSchema,
  rules: entitlementRulesSchema,
  /** Counts the changes: the entity tag. */
  version: z.int(),
  created_at: instantSchema,
  updated_at: instantSchema,
});

/** A page, by ascending id. */
export const plansSchema = z.object({ plans: z.array(planSchema), next_cursor: z.string().nullable() });

export type NewPlanBody = z.infer<typeof newPlanSchema>;
export type ChangePlanBody = z.infer<typeof changePlanSchema>;
export type PlanBody = z.infer<typeof planSchema>;
