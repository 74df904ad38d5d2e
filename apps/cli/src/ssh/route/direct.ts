import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';

/** Addresses of this machine that the configuration wants to connect from; none where it says nothing. */
async function bindAddresses({ bindAddress, bindInterface }: SshTarget): Promise<readonly string[]> {
  // As ssh(1), which does not look at the interface when it has an address.
  if (bindAddress !== undefined) {
    if (isIP(bindAddress)) return [bindAddress];
    return (await lookup(bindAddress, { all: true })).map(({ address }) => address);
  }
  return (networkInterfaces()[bindInterface ?? ''] ?? []).map(({ address }) => address);
}

/** The first address of the server that one of ours can connect to, and from which. */
async function boundRoute(name: string, target: SshTarget): Promise<Partial<TcpNetConnectOpts>> {
  const ours = await bindAddresses(target);
  const theirs = await lookup(target.host, { all: true, family: target.addressFamily });
  for (const { address, family } of theirs) {
    const localAddress = ours.find((candidate) => isIP(candidate) === family);
    if (localAddress !== undefined) return { host: address, family, localAddress };
  }
  throw new ServonautError('server_unreachable', {
    message: `${name} could not be reached: this machine has no address of its kind that BindAddress or BindInterface allows.`,
  });
}

/**
 * A TCP connection that is being made. With Nagle's algorithm off, which every exec would otherwise pay for with a delayed acknowledgement of
 * about 40 ms.
 * @throws ServonautError `server_unreachable` when there is no address to connect from; errors of the connect come from the socket
 */
export async function openDirect(name: string, target: SshTarget): Promise<Socket> {
  const { host, port, addressFamily: family } = target;
  const isBound = target.bindAddress !== undefined || target.bindInterface !== undefined;
  return connect({ host, port, family, noDelay: true, ...(isBound ? await boundRoute(name, target) : {}) });
}
