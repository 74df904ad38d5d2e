import { fitsServerSelector } from '@servonaut/contracts';
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
    ...grantorLevels.map((one) => ({ ...one, grantor: label })),
  ];
}

/** Whether the server is one of those that are delegated, as each of the executors describes it that has one of that name. */
export function coversServer(
  { servers }: Pick<ReceivedDelegation, 'servers'>,
  { name, labels }: { readonly name: string; readonly labels: readonly Readonly<Record<string, string>>[] },
): boolean {
  const entries = labels.length > 0 ? labels : [{}];
  return entries.every((known) =>
    servers.some((selector) => fitsServerSelector(selector, { owner: null, name, labels: known })),
  );
}
