import { describe, expect, it } from '@jest/globals';
import { allowedNetworks, checkAddress } from './credential-address.ts';

const NETWORKS = ['192.0.2.0/24', '2001:db8::/32'];
const check = (address: string | undefined, networks: readonly string[] | null = NETWORKS) =>
  checkAddress(allowedNetworks(networks), address);

describe('where a credential is used from', () => {
  it.each(['192.0.2.1', '192.0.2.255', '2001:db8::1', '::ffff:192.0.2.1', '::FFFF:C000:201', '2001:db8:ffff::1%eth0'])(
    'may be %s',
    (address) => expect(() => check(address)).not.toThrow(),
  );

  it.each([undefined, '192.0.2.1', 'unknown'])('may be anywhere without a limit: %s', (address) => {
    expect(() => check(address, null)).not.toThrow();
  });

  it.each([
    ['another network', '192.0.3.1'],
    ['another network of IPv6', '2001:db9::1'],
    ['another network of IPv4, written as IPv6', '::ffff:192.0.3.1'],
    ['an address of IPv6 that ends like one of the network', '::192.0.2.1'],
    ['a network', '192.0.2.0/24'],
    ['what is no address', 'unknown'],
    ['an address and a port', '192.0.2.1:443'],
    ['several addresses', '192.0.2.1, 192.0.3.1'],
    ['nothing', ''],
    ['a connection that is gone', undefined],
  ])('may not be %s', (_, address) => {
    expect(() => check(address)).toThrow(expect.objectContaining({ code: 'address_not_allowed' }));
  });

  it('may be nowhere when no network is left, or none can be read', () => {
    for (const networks of [[], ['nonsense']])
      expect(() => check('192.0.2.1', networks)).toThrow(expect.objectContaining({ code: 'address_not_allowed' }));
  });

  it('is not told from where it could be used', () => {
    let said = '';
    try {
      check('192.0.3.1');
    } catch (refusal) {
      said = JSON.stringify(refusal) + String((refusal as Error).stack);
    }
    expect(said).not.toMatch(/192\.0\.|2001:/);
  });
});
