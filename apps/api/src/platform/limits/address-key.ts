import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Groups of 16 bits in a /64, which is the least that a provider gives to one customer (RFC 6177). */
const NETWORK_GROUPS = 4;

/** What counts as one address in a limit: an IPv4 address, or the /64 network of an IPv6 address, all of which one machine may use. */
export function addressKey(address: string | undefined): string {
  const text = address ?? '';
  const mapped = MAPPED.exec(text)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIPv6(text) ? `${groups(text).slice(0, NETWORK_GROUPS).join(':')}::/64` : text;
}

/** The eight groups, with the gap filled; a dotted end counts as two. */
function groups(address: string): string[] {
  const [bare = ''] = address.split('%');
  const [head = '', tail] = bare.split('::').map((half) => half.replace(/[^:]*\.[^:]*$/, '0:0'));
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const gap = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...gap, ...after].map((group) => Number.parseInt(group, 16).toString(16));
}
