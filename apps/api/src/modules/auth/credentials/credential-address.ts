import { isIP } from 'node:net';
import { ServonautError } from '@servonaut/contracts';
import { isWithin, networkOf, type Network } from './network.ts';

/** The networks that a credential may be used from, as they are stored. One that cannot be read lets nobody in. */
export function allowedNetworks(addresses: readonly string[] | null): readonly Network[] | null {
  return addresses && addresses.flatMap((text) => networkOf(text) ?? []);
}

/**
 * The attack: a token that was taken from where it belongs is used from elsewhere. To be asked after the secret, so that a stranger learns nothing; and
 * the answer never says which networks there are.
 * @param address of the request, as `TRUST_PROXY` lets it be believed; undefined when its connection is gone
 * @throws ServonautError `address_not_allowed`
 */
export function checkAddress(allowed: readonly Network[] | null, address: string | undefined): void {
  if (allowed === null) return;
  const from = address !== undefined && isIP(address) !== 0 ? networkOf(address) : undefined;
  if (!from || !allowed.some((network) => isWithin(from, network))) throw new ServonautError('address_not_allowed');
}
