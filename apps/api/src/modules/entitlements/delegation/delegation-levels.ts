import type { EntitlementLevel } from '../../auth/index.ts';
import type { ReceivedDelegation } from './received-delegations.ts';

/**
 * What a call through the delegation has to satisfy besides what holds for its caller: the delegation, whose calls are counted for all who use it, and
 * what holds for the grantor, for whom they are counted too.
 */
export function levelsThrough(
  { id, grantorName: label, servers, tools, rules, grantorLevels }: ReceivedDelegation,
  tool: string,
): readonly EntitlementLevel[] {
  const level = (limits: EntitlementLevel['rules']): EntitlementLevel => ({
    kind: 'delegation',
    id,
    label,
    rules: limits,
  });
  const allowed = tools?.includes(tool) ?? true;
  return [
    level({ '*': { servers: [...servers] } }),
    ...(allowed ? [] : [level({ [tool]: { allowed: false } })]),
    ...(rules ? [level(rules)] : []),
    ...grantorLevels,
  ];
}
