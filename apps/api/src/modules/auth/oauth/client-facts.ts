import { OAUTH_CLI_CLIENT_ID } from '@servonaut/contracts';
import type { ClientOrigin } from './interactions.ts';

/** What the command line is called wherever people read it. */
export const CLI_CLIENT_NAME = 'Servonaut command line';

/** A client whose id is an address is described there; any other has registered, or is ours. */
export function clientOrigin(clientId: string): ClientOrigin {
  if (clientId === OAUTH_CLI_CLIENT_ID) return 'built-in';
  return URL.canParse(clientId) ? 'document' : 'registered';
}

/**
 * The name of a client as people see it. One with a document is called by the host of it, which nobody else can take; the name of one that has
 * registered is whatever it says.
 * @param saysItIs `client_name` of its metadata, if there still is any
 */
export function clientName(clientId: string, saysItIs: string | undefined): string {
  const names = {
    'built-in': () => CLI_CLIENT_NAME,
    document: () => new URL(clientId).host,
    registered: () => saysItIs ?? clientId,
  };
  return names[clientOrigin(clientId)]();
}
