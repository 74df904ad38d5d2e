import { policySchema, type EffectivePolicy } from './policy-schema.ts';

/**
 * What holds where the operator has written nothing: agents may read, and all else is asked for. Whoever sits at this machine could do without Servonaut
 * what they ask of it.
 */
export const DEFAULT_POLICY: EffectivePolicy = policySchema.parse({
  version: 1,
  level: 'readonly',
  approval: 'ask',
  rules: [{ name: 'operators-own-calls', decision: 'allow', principals: ['operator'] }],
});
