import { expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { errorJson, errorLines } from './render-error.ts';

it.each([
  ['unknown_server', 'servonaut servers list'],
  ['executor_paused', 'servonaut resume'],
  ['host_key_unknown', 'servonaut servers trust'],
  ['policy_denied', 'servonaut policy test'],
] as const)('tells an operator of %s what they can type, not what an agent can call', (code, step) => {
  const error = new ServonautError(code);
  expect(errorLines(error)).toContain(step);
  expect(errorJson(error).error.next_step).toContain(step);
});

it('leaves a step as it is that was written for the very case', () => {
  const error = new ServonautError('unknown_server', { nextStep: 'Say it again.' });
  expect(errorLines(error)).toContain('Say it again.');
});
