import { randomUUID } from 'node:crypto';
import type { Call } from '../measure.ts';
import type { Target } from './target.ts';

interface Shell {
  exec(server: object, command: object, options: object): Promise<{ readonly stdout: string }>;
  close(): void;
}
type Strategy = 'ssh2' | 'openssh';

const DIST = new URL('../../../apps/cli/dist/', import.meta.url).href;
const NEVER = new AbortController().signal;

/** What of the CLI's build runs commands on servers, without the relay and the tools. There is no way to it alone from outside. */
export async function pooledShell(
  target: Target,
  command: string,
  strategy: Strategy,
): Promise<{ call: Call; stop(): Promise<void> }> {
  const { loadInventory } = (await import(`${DIST}inventory/inventory.js`)) as {
    loadInventory: (sources: object) => Promise<{ get(name: string): object }>;
  };
  const { SshRemoteShell } = (await import(`${DIST}ssh/ssh-remote-shell.js`)) as {
    SshRemoteShell: new (settings: object) => Shell;
  };
  const { DEFAULT_SSH_SETTINGS } = (await import(`${DIST}ssh/ssh-settings.js`)) as { DEFAULT_SSH_SETTINGS: object };
  const account = { home: '/nonexistent', user: target.user, agentSocket: undefined };
  const { sshConfigPath } = target;
  const inventory = await loadInventory({ configDir: '/nonexistent', account, sshConfigPath, strategy });
  const server = inventory.get('web-1');
  const shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS);
  return {
    call: () => shell.exec(server, { text: command }, { requestId: randomUUID(), timeoutMs: 60_000, signal: NEVER }),
    stop: () => Promise.resolve(shell.close()),
  };
}
