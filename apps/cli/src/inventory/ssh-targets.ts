import { ServonautError } from '@servonaut/contracts';
import { beyondSsh2, checkSupported } from './ssh-config-options.ts';
import type { SshAsk } from './ssh-ask.ts';
import type { SshConfig } from './ssh-config.ts';
import { jumpHops } from './jump-hops.ts';
import { targetFromOptions, type OperatorAccount } from './ssh-options.ts';
import type { SshTarget } from './server.ts';

export interface TargetSources {
  readonly config: SshConfig;
  readonly account: OperatorAccount;
  /** For a connection that there is already; see `SshConfig.resolve`. */
  readonly isWarm?: boolean;
}

/** More jump hosts on one way are a configuration that leads in a circle. */
const MOST_JUMPS = 16;

/**
 * How ssh(1) would get to a server, with the jump hosts on the way: each has what the configuration says of its own name, and ssh(1) goes over
 * those before it, or, for the first one, the way that its own configuration has.
 * @param server its name in the inventory, for errors
 * @throws ServonautError `config_invalid` or `ssh_config_unsupported`
 */
export function sshTarget(server: string, ask: SshAsk, from: TargetSources): Promise<SshTarget> {
  return resolved(server, ask, from, 0);
}

async function resolved(server: string, ask: SshAsk, from: TargetSources, depth: number): Promise<SshTarget> {
  if (depth > MOST_JUMPS) throw circle(server);
  const options = await from.config.resolve(ask, server, from.isWarm);
  checkSupported(server, options, depth > 0);
  const target = targetFromOptions(ask.destination, options, from.account);
  const hop = jumpHops(server, options.get('proxyjump')?.[0]);
  const jump = hop && (await resolvedHop(server, hop, from, depth + 1));
  const beyond = [...new Set([...(jump?.beyondSsh2 ?? []), ...beyondSsh2(options)])];
  return {
    ...target,
    jumps: jump ? [...jump.jumps, jump] : [],
    beyondSsh2: beyond,
  };
}

async function resolvedHop(server: string, hop: SshAsk, from: TargetSources, depth: number): Promise<SshTarget> {
  const [target, aliases] = await Promise.all([resolved(server, hop, from, depth), from.config.aliases()]);
  return { ...target, inventoryName: aliases.includes(hop.destination) ? hop.destination : undefined };
}

function circle(server: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `ProxyJump of ${server} leads over more than ${MOST_JUMPS} jump hosts.`,
    nextStep: 'Run "ssh -G" with the names of the jump hosts: one of them is on the way to itself.',
  });
}
