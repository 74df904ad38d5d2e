import { ServonautError } from '@servonaut/contracts';
import { eq } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { plans } from '../../../platform/database/schema.ts';

/** Whether there is the plan, which then stays until the transaction ends. */
export async function holdsPlan(id: string, transaction: Database): Promise<boolean> {
  const held = await transaction.select({ id: plans.id }).from(plans).where(eq(plans.id, id)).for('key share');
  return held.length === 1;
}

/**
 * To be asked before somebody gets a plan.
 * @param id null for none
 * @throws ServonautError `invalid_request` when there is no such plan
 */
export async function holdPlan(id: string | null, transaction: Database): Promise<void> {
  if (id === null || (await holdsPlan(id, transaction))) return;
  throw new ServonautError('invalid_request', {
    message: `plan: there is no plan "${id}"`,
    nextStep: 'Make that plan first, or name another one.',
  });
}
