import type { FoundServer } from '@servonaut/plugin-sdk';
import type { Resources } from './resources.ts';

/** Azure writes the same id in more than one way. */
function byId<T extends { readonly id: string }>(resources: readonly T[]): (id: string) => T | undefined {
  const map = new Map(resources.map((resource) => [resource.id.toLowerCase(), resource]));
  return (id) => map.get(id.toLowerCase());
}

/** Without those of Azure's own. */
export function labelsOf(location: string, tags: Readonly<Record<string, string>> | null | undefined) {
  const own = Object.entries(tags ?? {}).filter(([key]) => !THEIR_TAGS.test(key));
  return { region: location, ...Object.fromEntries(own) };
}

/** Tags by which Azure itself refers to other resources. */
const THEIR_TAGS = /^(?:hidden-|link:|ms-resource-usage)/i;

const primaryFirst = <T extends { readonly properties?: { readonly primary?: boolean | undefined } | undefined }>(
  all: readonly T[] | null | undefined,
): T[] =>
  [...(all ?? [])].sort((a, b) => Number(b.properties?.primary ?? false) - Number(a.properties?.primary ?? false));

/** Undefined for a machine that has no address of the kind. */
export function serversOf(resources: Resources, kind: 'public' | 'private'): (FoundServer | undefined)[] {
  const [interfaceOf, publicAddressOf] = [byId(resources.interfaces), byId(resources.publicAddresses)];
  return resources.machines.map(({ name, location, tags, interfaces }) => {
    const configurations = primaryFirst(interfaces)
      .flatMap(({ id }) => primaryFirst(interfaceOf(id)?.configurations))
      .map(({ properties }) => properties);
    const addresses = configurations.map(({ privateIPAddress, publicIPAddress }) =>
      kind === 'private' ? privateIPAddress : publicIPAddress && publicAddressOf(publicIPAddress.id)?.address,
    );
    const host = addresses.find(Boolean);
    return host ? { name, host, labels: labelsOf(location, tags) } : undefined;
  });
}
