import { ServonautError } from '@servonaut/contracts';

const AGENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The name of an agent, as rules name it. @throws ServonautError `invalid_request` */
export function agentIdOf(name: string): string {
  if (AGENT_ID.test(name)) return name;
  throw new ServonautError('invalid_request', {
    message: `${JSON.stringify(name)} is no name of an agent.`,
    nextStep: 'Give up to 64 letters, digits, "." "_" or "-", the first a letter or digit.',
  });
}
