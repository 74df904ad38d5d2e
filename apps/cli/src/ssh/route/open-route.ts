import type { Duplex } from 'node:stream';
import type { SshTarget } from '../../inventory/server.ts';
import { openDirect } from './direct.ts';
import type { JumpHosts } from './jump-hosts.ts';
import { openProxyCommand } from './proxy-command.ts';

export interface RouteOptions {
  /** Inventory name, for errors. */
  readonly name: string;
  readonly target: SshTarget;
  readonly jumpHosts: JumpHosts;
  /** Milliseconds that the last jump host may take to connect to the server. */
  readonly timeoutMs: number;
}

/**
 * What SSH is to be spoken over to get to `target`: through its last jump host, through its proxy command, or by TCP. It may still be connecting.
 * @throws ServonautError as the connects to the jump hosts, `server_unreachable` or `connect_timeout`
 */
export async function openRoute({ name, target, jumpHosts, timeoutMs }: RouteOptions): Promise<Duplex> {
  const { host, port, proxyCommand, jumps } = target;
  const hop = jumps.at(-1);
  if (hop) return jumpHosts.forward(hop, { name, host, port, timeoutMs });
  if (proxyCommand !== undefined) return openProxyCommand(name, proxyCommand);
  return openDirect(name, target);
}
