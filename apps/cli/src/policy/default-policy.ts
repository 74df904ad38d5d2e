import { policySchema, type EffectivePolicy, type Level, type PolicyDocument } from './policy-schema.ts';

/** Whoever sits at this machine can do without Servonaut what they ask of it. */
const OPERATORS_OWN = { name: 'operators-own-calls', decision: 'allow', principals: ['operator'] } as const;

/** A policy to begin with. `policy init` writes it. */
export function firstPolicy(
  level: Level,
  approval: EffectivePolicy['approval'],
  asksOperator: boolean,
): PolicyDocument {
  const rules = asksOperator ? [] : [{ ...OPERATORS_OWN, principals: [...OPERATORS_OWN.principals] }];
  return { version: 1, level, approval, rules };
}

/** What holds where the operator has written nothing. */
export const DEFAULT_POLICY: EffectivePolicy = policySchema.parse(firstPolicy('readonly', 'ask', false));
