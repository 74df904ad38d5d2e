import { isIP } from 'node:net';

/** Addresses that begin with the same bits. One address alone is a network, too. */
export interface Network {
  readonly family: 4 | 6;
  /** The lowest of them, as a number. */
  readonly first: bigint;
  /** How many bits they have in common. */
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;
/** What the 96 bits before an IPv4 address say when it is written as an IPv6 address (RFC 4291 section 2.5.5.2). */
const MAPPED = 0xffffn;

/**
 * A network that is written as CIDR, or as one address. What stands right of the prefix is dropped, and IPv4 that is written as IPv6 is IPv4.
 * @returns undefined when it is neither
 */
export function networkOf(text: string): Network | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (more.length > 0 || (family !== 4 && family !== 6)) return undefined;
  const length = prefix === undefined ? BITS[family] : lengthOf(prefix, family);
  return length === undefined ? undefined : unmapped({ family, first: numberOf(address, family), prefix: length });
}

/** As it is stored and shown: the same for all ways to write it (RFC 5952). */
export function networkText({ family, first, prefix }: Network): string {
  return `${family === 4 ? dotted(first) : compressed(first)}/${prefix}`;
}

/** Networks as they are stored, each once. @param texts that `networkSchema` has taken */
export function storedNetworks(texts: readonly string[]): string[] {
  const networks = texts.flatMap((text) => networkOf(text) ?? []);
  return [...new Set(networks.map(networkText))];
}

/** Whether all addresses of the one are addresses of the other. */
export function isWithin(narrow: Network, wide: Network): boolean {
  if (narrow.family !== wide.family || narrow.prefix < wide.prefix) return false;
  return lowest(narrow.first, wide) === lowest(wide.first, wide);
}

function unmapped({ family, first, prefix }: Network): Network {
  const isMapped = family === 6 && prefix >= 96 && first >> 32n === MAPPED;
  const network = isMapped
    ? ({ family: 4, first: first & 0xffffffffn, prefix: prefix - 96 } as const)
    : { family, first, prefix };
  return { ...network, first: lowest(network.first, network) };
}

function lowest(address: bigint, { family, prefix }: Pick<Network, 'family' | 'prefix'>): bigint {
  const rest = BigInt(BITS[family] - prefix);
  return (address >> rest) << rest;
}

function lengthOf(text: string, family: 4 | 6): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= BITS[family] ? Number(text) : undefined;
}

function numberOf(address: string, family: 4 | 6): bigint {
  if (family === 4) return address.split('.').reduce((number, byte) => (number << 8n) + BigInt(byte), 0n);
  const [before = [], after = []] = canonical(address.replace(/%.*$/, ''))
    .split('::')
    .map((half) => half.split(':').filter(Boolean));
  const gap = Array<string>(8 - before.length - after.length).fill('0');
  return BigInt(`0x${[...before, ...gap, ...after].map((group) => group.padStart(4, '0')).join('')}`);
}

function dotted(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 0xffn).join('.');
}

function compressed(number: bigint): string {
  return canonical((number.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':'));
}

/** As URLs write it (WHATWG URL, "IPv6 serializer"): without a dotted end, and with the longest gap. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
