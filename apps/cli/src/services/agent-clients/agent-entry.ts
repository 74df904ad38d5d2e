import { join, resolve } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { loadCredentials } from '../../session/credentials.ts';
import type { Session } from '../../session/session.ts';
import { operatorAccount } from '../session-inventory.ts';
import { agentClient, type AgentClient, type ClientName, type ServerEntry } from './agent-client.ts';

/** What every client takes as the name of a server. */
const SERVER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export interface EntryWish {
  readonly client: ClientName;
  /** Whether the agent is to start `mcp serve`, rather than to go to the coordinator. */
  readonly isLocal: boolean;
  /** The folder of our package. */
  readonly root: string;
}

export function clientOf({ environment }: Session, name: ClientName): AgentClient {
  const home = environment.home ?? operatorAccount().homedir;
  return agentClient(name, home, environment.variables);
}

/** @throws ServonautError `invalid_request` */
export function checkServerName(name: string): void {
  if (SERVER_NAME.test(name)) return;
  throw new ServonautError('invalid_request', {
    message: `${JSON.stringify(name)} is no name of a server of a client.`,
    nextStep: 'Give up to 64 letters, digits, "_" or "-", the first a letter or digit.',
  });
}

/** Clients hand on little of their environment: where the policy is another one, so would be what an agent may do. */
function foldersOf({ environment: { configDir, stateDir } }: Session): Readonly<Record<string, string>> {
  return { SERVONAUT_CONFIG_DIR: resolve(configDir), SERVONAUT_STATE_DIR: resolve(stateDir) };
}

/**
 * What the client is to keep: an address, or what it is to start. Never a secret: who it is for is found out when it signs in.
 * @throws ServonautError `not_logged_in`, `config_invalid`
 */
export async function entryOf(session: Session, { client, isLocal, root }: EntryWish): Promise<ServerEntry> {
  if (!isLocal) return { kind: 'hosted', url: `${(await loadCredentials(session.paths)).url}/mcp` };
  // Editors are not started by a shell, so that what is on its PATH is not on theirs.
  const program = [join(root, 'bin', 'run.js'), 'mcp', 'serve'];
  const flags = ['--profile', session.profile.value, '--agent', client];
  return { kind: 'local', command: process.execPath, args: [...program, ...flags], env: foldersOf(session) };
}
