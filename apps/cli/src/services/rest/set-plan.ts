import { entitlementRulesSchema, planSchema, ServonautError, type PlanBody } from '@servonaut/contracts';
import { changeAsRead } from './change-as-read.ts';
import { readGiven } from './given-limits.ts';
import type { RestClient } from './rest-client.ts';

/** Makes the plan at that address, or changes the one that is there. @throws ServonautError `config_invalid` for the file */
export async function setPlan(rest: RestClient, path: string, file: string): Promise<PlanBody> {
  const rules = await readGiven(file, entitlementRulesSchema);
  try {
    return (await changeAsRead(rest, path, planSchema, { rules })).after;
  } catch (error) {
    if (!(error instanceof ServonautError && error.code === 'not_found')) throw error;
  }
  const [plans, id] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
  return rest.make(plans, planSchema, { id: decodeURIComponent(id), rules });
}
