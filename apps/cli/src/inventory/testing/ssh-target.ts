import type { SshTarget } from '../server.ts';
import { targetFromOptions } from '../ssh-options.ts';

/** A target as ssh_config has it without any line, with no keys, no agent, and nothing on record; `changes` are put in. */
export function anSshTarget(changes: Partial<SshTarget> = {}): SshTarget {
  const account = { home: '/nonexistent', user: 'nobody', agentSocket: undefined };
  return { ...targetFromOptions('web-1', new Map(), account), globalKnownHostsFiles: [], ...changes };
}
