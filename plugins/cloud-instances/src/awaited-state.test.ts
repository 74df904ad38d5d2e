import { expect, it } from '@jest/globals';
import { ServonautError, type InstanceState } from '@servonaut/plugin-sdk';
import { awaitedState } from './awaited-state.ts';

const over = (states: InstanceState[]) => {
  const left = [...states];
  return async () => left.shift() ?? 'other';
};
const waiting = (signal = new AbortController().signal) => {
  const seen: InstanceState[] = [];
  return { mostMs: 60_000, betweenMs: 1, signal, onState: (state: InstanceState) => void seen.push(state), seen };
};

it('is asked for until it is the wanted one, and each is told', async () => {
  const patient = waiting();
  expect(await awaitedState('stopped', over(['running', 'stopping', 'stopped', 'running']), patient)).toBe('stopped');
  expect(patient.seen).toEqual(['running', 'stopping', 'stopped']);
});

it('is the last one known when the time is over', async () => {
  expect(await awaitedState('stopped', over(['stopping']), { ...waiting(), mostMs: 0 })).toBe('stopping');
});

it('is the last one known when the time of the call is over', async () => {
  const call = new AbortController();
  const patient = {
    ...waiting(call.signal),
    betweenMs: 60_000,
    onState: () => call.abort(new ServonautError('timed_out')),
  };
  expect(await awaitedState('stopped', over(['stopping']), patient)).toBe('stopping');
});

it('is given up with a call that is cancelled', async () => {
  const call = new AbortController();
  const cancelled = new ServonautError('request_cancelled');
  const patient = { ...waiting(call.signal), betweenMs: 60_000, onState: () => call.abort(cancelled) };
  await expect(awaitedState('stopped', over(['stopping']), patient)).rejects.toBe(cancelled);
});

it('is not known when the cloud fails', async () => {
  const failing = async () => Promise.reject(new ServonautError('unavailable'));
  await expect(awaitedState('stopped', failing, waiting())).rejects.toMatchObject({ code: 'unavailable' });
});
