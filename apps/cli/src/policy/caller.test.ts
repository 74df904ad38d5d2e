import { describe, expect, it } from '@jest/globals';
import { principalSchema } from '@servonaut/contracts';
import { callerSchema, LOCAL_AGENT, type Caller } from './caller.ts';
import { fitsPrincipal } from './rule-principals.ts';

const agent: Caller = { kind: LOCAL_AGENT, id: 'claude', label: 'operator' };

describe('an agent of this machine', () => {
  it('is nobody that a coordinator can name', () => {
    expect(callerSchema.safeParse(agent).success).toBe(true);
    expect(principalSchema.safeParse(agent).success).toBe(false);
  });

  it.each([
    ['*', true],
    ['local-agent', true],
    ['local-agent:claude', true],
    ['local-agent:cl*', true],
    ['local-agent:cursor', false],
    ['operator', false],
    ['user', false],
    ['credential:claude', false],
  ])('is meant by the word %s: %s', (word, isMeant) => {
    expect(fitsPrincipal(word, agent, ['id'])).toBe(isMeant);
  });
});
