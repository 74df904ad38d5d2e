import { expect, it } from '@jest/globals';
import { INSTANCE_ACTIONS, INSTANCE_STATES } from '@servonaut/plugin-sdk';
import { changeStep } from './change-step.ts';

const step = (...[action, state]: [Parameters<typeof changeStep>[0], Parameters<typeof changeStep>[1]]): string => {
  try {
    return changeStep(action, state, 'web-1');
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it('is known for every action on every state', () => {
  const steps = INSTANCE_ACTIONS.map((action) => [action, ...INSTANCE_STATES.map((state) => step(action, state))]);
  expect([['', ...INSTANCE_STATES], ...steps]).toEqual([
    ['', 'running', 'stopped', 'starting', 'stopping', 'other'],
    ['start', 'nothing', 'ask', 'wait', 'conflict', 'ask'],
    ['stop', 'ask', 'nothing', 'conflict', 'wait', 'ask'],
    ['reboot', 'ask', 'conflict', 'conflict', 'conflict', 'ask'],
  ]);
});
