import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';

/** What errors call a jump host that has no name in the inventory: its address must not leave this machine. */
const NAMELESS = 'its jump host';

export const jumpHostName = ({ inventoryName = NAMELESS }: SshTarget): string => inventoryName;

/** What went wrong with a jump host, said to whoever called the server behind it. */
export function onTheWay(server: string, error: ServonautError): ServonautError {
  return new ServonautError(error.code, {
    message: `On the way to ${server}: ${error.message}`,
    // What trusts the server trusts what is on the way to it.
    nextStep: error.nextStep.replaceAll(`trust ${NAMELESS}`, `trust ${server}`),
    facts: error.facts,
    ...(error.detail !== undefined && { detail: error.detail }),
    cause: error,
  });
}
