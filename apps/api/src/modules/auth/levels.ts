import type { EntitlementRules } from '@servonaut/contracts';
import type { EntitlementLevel } from './principal.ts';

/** Whoever or whatever rules are kept for, as its row has them. */
interface Limited {
  readonly id: string;
  readonly label: string;
  readonly rules: EntitlementRules | null;
}

/**
 * The levels that a user's calls have to satisfy, from the rows of the user, of their plan, and of the credential that they are made with. A rule that
 * an admin has set for the user stands in place of the plan's rule for the same tool; nothing else replaces anything.
 */
export function levelsOf(
  user: { readonly id: number; readonly name: string; readonly rules: EntitlementRules | null },
  plan: { readonly id: string; readonly rules: EntitlementRules } | null,
  credential: Limited | null = null,
): readonly EntitlementLevel[] {
  const id = String(user.id);
  return [
    ...levelOf('plan', plan && { id, label: plan.id, rules: without(plan.rules, user.rules ?? {}) }),
    ...levelOf('override', { id, label: user.name, rules: user.rules }),
    ...levelOf('credential', credential),
  ];
}

/** None of no rules. */
function levelOf(kind: EntitlementLevel['kind'], limited: Limited | null): EntitlementLevel[] {
  if (!limited?.rules || Object.keys(limited.rules).length === 0) return [];
  const { id, label, rules } = limited;
  return [{ kind, id, label, rules }];
}

/** Tools may have names that objects inherit. */
function without(rules: EntitlementRules, replaced: EntitlementRules): EntitlementRules {
  return Object.fromEntries(Object.entries(rules).filter(([tool]) => !Object.hasOwn(replaced, tool)));
}
