import { BlockList } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isWithin, networkOf, networkText } from './network.ts';

const text = (written: string): string | undefined => {
  const network = networkOf(written);
  return network && networkText(network);
};

describe('a network', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['192.0.2.7/24', '192.0.2.0/24'],
    ['10.255.255.255/9', '10.128.0.0/9'],
    ['192.0.2.7/0', '0.0.0.0/0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1/128'],
    ['2001:db8:1234:5678::1/40', '2001:db8:1200::/40'],
    ['::1/0', '::/0'],
    ['2001:db8:0:1:1:1:1:1/128', '2001:db8:0:1:1:1:1:1/128'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['::ffff:c000:207/120', '192.0.2.0/24'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['::ffff:192.0.2.7/95', '::fffe:0:0/95'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207/128'],
    ['fe80::1%eth0', 'fe80::1/128'],
  ])('%s is stored as %s', (written, stored) => {
    expect(text(written)).toBe(stored);
    expect(text(stored)).toBe(stored);
  });

  it.each([
    '',
    '/',
    '/8',
    'x',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/08x',
    '::/129',
    '::/ 1',
    '192.0.2.0/24/24',
    '1.2.3',
    '[::1]',
  ])('is not %j', (written) => expect(networkOf(written)).toBeUndefined());

  it.each([
    ['192.0.2.7', '192.0.2.0/24', true],
    ['192.0.2.128/25', '192.0.2.0/24', true],
    ['192.0.2.0/24', '192.0.2.0/24', true],
    ['192.0.2.0/23', '192.0.2.0/24', false],
    ['192.0.3.7', '192.0.2.0/24', false],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['::ffff:192.0.2.7', '192.0.2.0/24', true],
    ['192.0.2.7', '::/0', false],
    ['::c000:207', '192.0.2.0/24', false],
  ])('%s is within %s: %s', (narrow, wide, is) => {
    expect(isWithin(networkOf(narrow)!, networkOf(wide)!)).toBe(is);
  });

  it.each([
    ['ipv4', 32, fc.ipV4()],
    ['ipv6', 128, fc.ipV6()],
  ] as const)('has the addresses of %s that Node.js finds in it', (family, bits, addresses) => {
    fc.assert(
      fc.property(addresses, addresses, fc.nat(bits), fc.boolean(), (network, other, prefix, near) => {
        const list = new BlockList();
        list.addSubnet(network, prefix, family);
        const address = near ? nearby(network, other, family) : other;
        const found = isWithin(networkOf(address)!, networkOf(`${network}/${prefix}`)!);
        // Node.js takes an address that is written as the other family for both.
        fc.pre(networkOf(address)!.family === networkOf(`${network}/${prefix}`)!.family);
        expect(found).toBe(list.check(address, family));
      }),
      { numRuns: 3_000 },
    );
  });
});

/** An address whose upper half is that of the network: of any two hardly a bit would be in common. */
function nearby(network: string, other: string, family: 'ipv4' | 'ipv6'): string {
  const half = family === 'ipv4' ? 16n : 64n;
  const [upper, lower] = [networkOf(network)!, networkOf(other)!];
  if (upper.family !== lower.family) return network;
  const first = ((upper.first >> half) << half) | (lower.first & ((1n << half) - 1n));
  return networkText({ ...upper, first }).replace(/\/.*$/, '');
}
