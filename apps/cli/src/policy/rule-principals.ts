import { fitsServerPattern } from '@servonaut/contracts';
import type { Caller } from './caller.ts';

/** Names of a principal that a pattern may mean. A label is what its owner calls it, and may be called anything tomorrow. */
export type PrincipalName = 'id' | 'label';

/** Whether a rule's word for a principal means this one: `*`, `operator`, a kind, or a kind with a pattern of one of its names. */
export function fitsPrincipal(word: string, principal: Caller | undefined, names: readonly PrincipalName[]): boolean {
  if (word === '*') return true;
  if (principal === undefined) return word === 'operator';
  const end = word.indexOf(':');
  if (end === -1) return word === principal.kind;
  const pattern = word.slice(end + 1);
  return word.slice(0, end) === principal.kind && names.some((name) => fitsServerPattern(pattern, principal[name]));
}
