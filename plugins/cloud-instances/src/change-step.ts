import { ServonautError, type InstanceAction, type InstanceState } from '@servonaut/plugin-sdk';

/** What an action ends in. A machine that is rebooted is `running` all the while, so nothing is waited for. */
export const ENDS_IN: Readonly<Record<InstanceAction, InstanceState | undefined>> = {
  start: 'running',
  stop: 'stopped',
  reboot: undefined,
};

const UNDER_WAY: Readonly<Record<InstanceAction, InstanceState | undefined>> = {
  start: 'starting',
  stop: 'stopping',
  reboot: undefined,
};

/** Where an action has to wait for what is under way: it would be refused by some clouds, and be lost in others. */
const REFUSED: Readonly<Record<InstanceAction, readonly InstanceState[]>> = {
  start: ['stopping'],
  stop: ['starting'],
  reboot: ['stopped', 'stopping', 'starting'],
};

/**
 * What is left to do. Pure.
 * @returns `nothing` when it is so already, `wait` when the cloud is at it, and `ask` for the cloud to be asked
 * @throws ServonautError `conflict` when it cannot be done from there
 */
export function changeStep(action: InstanceAction, state: InstanceState, name: string): 'nothing' | 'wait' | 'ask' {
  if (state === ENDS_IN[action]) return 'nothing';
  if (state === UNDER_WAY[action]) return 'wait';
  if (!REFUSED[action].includes(state)) return 'ask';
  const isStopped = state === 'stopped';
  throw new ServonautError('conflict', {
    message: `${name} is ${state}, so it cannot be asked to ${action}.`,
    nextStep: isStopped ? 'Start it instead.' : 'Call list_cloud_instances until it is not, and ask then.',
  });
}
