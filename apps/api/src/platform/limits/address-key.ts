import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Groups of 16 bits that a /56 reaches into, and what it leaves of the last of them. */
const NETWORK_GROUPS = 4;
const OF_LAST_GROUP = 0xff00;

/**
 * What counts as one address in a limit: an IPv4 address, or the /56 network of an IPv6 address, which is what a home is given (RFC 6177 section 2) and so
 * what one person has at hand. By /64 they would count 256 times; by /48, up to 256 neighbours would count as one.
 */
export function addressKey(address: string | undefined): string {
  const text = address ?? '';
  const mapped = MAPPED.exec(text)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIPv6(text) ? `${network(text)}::/56` : text;
}

function network(address: string): string {
  const numbers = groups(address).slice(0, NETWORK_GROUPS);
  return numbers.map((group, at) => (at < NETWORK_GROUPS - 1 ? group : group & OF_LAST_GROUP).toString(16)).join(':');
}

/** The eight groups, with the gap filled; a dotted end counts as two. */
function groups(address: string): number[] {
  const [bare = ''] = address.split('%');
  const [head = '', tail] = bare.split('::').map((half) => half.replace(/[^:]*\.[^:]*$/, '0:0'));
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const gap = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...gap, ...after].map((group) => Number.parseInt(group, 16));
}
