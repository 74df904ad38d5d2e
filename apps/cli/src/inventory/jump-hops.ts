import { ServonautError } from '@servonaut/contracts';
import type { SshAsk } from './ssh-ask.ts';

/** `[user@]host[:port]` or a URI of the same, with an IPv6 address in brackets. A user may hold an `@`. */
const HOP =
  /^(?:ssh:\/\/)?(?:(?<user>.+)@)?(?:\[(?<v6>[^\]]+)\]|(?<host>[^:@[\]]+|[^@[\]]*:[^@[\]]*:[^@[\]]*))(?::(?<port>\d+))?\/?$/;

/**
 * The last jump host of a `ProxyJump`, as ssh(1) asks for it: over those before it.
 * @returns nothing where there is none
 * @throws ServonautError `config_invalid`
 */
export function jumpHops(server: string, value: string | undefined): SshAsk | undefined {
  if (value === undefined || value.toLowerCase() === 'none') return undefined;
  const hops = value.split(',');
  const { user, v6, host, port } = HOP.exec(hops.pop() ?? '')?.groups ?? {};
  const destination = v6 ?? host;
  if (destination === undefined || destination.startsWith('-')) {
    throw new ServonautError('config_invalid', { message: `ProxyJump of ${server} is not a list of hosts.` });
  }
  return {
    destination,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: Number(port) }),
    ...(hops.length > 0 && { jump: hops.join(',') }),
  };
}
