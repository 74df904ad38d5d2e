import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { z } from '@servonaut/plugin-sdk';
import { allPages } from '@servonaut/plugin-sdk/cloud';

const PER_PAGE = 1_000;

const MACHINES = `resources
| where type =~ 'microsoft.compute/virtualmachines'
| where tostring(properties.extended.instanceView.powerState.code) =~ 'PowerState/running'
| project id, name, location, tags, interfaces = properties.networkProfile.networkInterfaces
| order by id asc`;

const INTERFACES = `resources
| where type =~ 'microsoft.network/networkinterfaces'
| project id, configurations = properties.ipConfigurations
| order by id asc`;

const PUBLIC_ADDRESSES = `resources
| where type =~ 'microsoft.network/publicipaddresses'
| project id, address = properties.ipAddress
| order by id asc`;

const reference = z.object({ id: z.string() });

const machineSchema = z.object({
  id: z.string(),
  name: z.string(),
  location: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  interfaces: z
    .array(reference.extend({ properties: z.object({ primary: z.boolean().optional() }).optional() }))
    .nullish(),
});
const interfaceSchema = z.object({
  id: z.string(),
  configurations: z
    .array(
      z.object({
        properties: z.object({
          primary: z.boolean().optional(),
          privateIPAddress: z.string().optional(),
          publicIPAddress: reference.optional(),
        }),
      }),
    )
    .nullish(),
});
const addressSchema = z.object({ id: z.string(), address: z.string().nullish() });

export interface Resources {
  readonly machines: readonly z.output<typeof machineSchema>[];
  readonly interfaces: readonly z.output<typeof interfaceSchema>[];
  readonly publicAddresses: readonly z.output<typeof addressSchema>[];
}

export interface Asked {
  readonly client: ResourceGraphClient;
  /** All that the credentials may see, unless given. */
  readonly subscriptions: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** All rows that a question has. @throws ServonautError `unavailable` when they do not end */
export async function rows<Row>(
  query: string,
  row: z.ZodType<Row>,
  { client, subscriptions, signal }: Asked,
): Promise<Row[]> {
  const scope = subscriptions && { subscriptions: [...subscriptions] };
  return allPages('Azure', '', async (at: string) => {
    const options = { resultFormat: 'objectArray' as const, top: PER_PAGE, ...(at !== '' && { skipToken: at }) };
    const page = await client.resources({ query, ...scope, options }, { abortSignal: signal });
    return { items: z.array(row).parse(page.data), next: page.skipToken };
  });
}

/**
 * Running machines, and what says where they are. Three questions of one kind rather than one that joins them: Azure bounds joins, and these are joined
 * here for nothing.
 */
export async function runningMachines({ signal, ...asked }: Asked): Promise<Resources> {
  const over = new AbortController();
  const given = { ...asked, signal: AbortSignal.any([signal, over.signal]) };
  try {
    const [machines, interfaces, publicAddresses] = await Promise.all([
      rows(MACHINES, machineSchema, given),
      rows(INTERFACES, interfaceSchema, given),
      rows(PUBLIC_ADDRESSES, addressSchema, given),
    ]);
    return { machines, interfaces, publicAddresses };
  } finally {
    // One that failed ends the others.
    over.abort();
  }
}
