import { defineInventorySource, z } from '@servonaut/plugin-sdk';
import { addressSchema, endpointSchema } from '@servonaut/plugin-sdk/cloud';
import { runningMachines } from './resources.ts';
import { serversOf } from './servers.ts';

/** The running virtual machines of Azure, with the credentials of the environment, of a managed identity or of the Azure command line. */
export const azureSource = defineInventorySource({
  kind: 'azure',
  options: z.object({
    /** By default all that the credentials may see. */
    subscriptions: z.array(z.guid()).min(1).optional(),
    address: addressSchema,
    /** Of another Azure than the public one: `https://management.usgovcloudapi.net`. Its log-in is AZURE_AUTHORITY_HOST's to name. */
    endpoint: endpointSchema.optional(),
  }),

  async list({ subscriptions, address, endpoint }, { signal, warn }) {
    const [{ ResourceGraphClient: Client }, { DefaultAzureCredential }] = await Promise.all([
      import('@azure/arm-resourcegraph'),
      import('@azure/identity'),
    ]);
    // Without scopes of its own the SDK asks for a token for the public cloud.
    const elsewhere = endpoint !== undefined && { endpoint, credentials: { scopes: [`${endpoint}/.default`] } };
    const client = new Client(new DefaultAzureCredential(), { ...elsewhere });
    const all = serversOf(await runningMachines({ client, subscriptions, signal }), address);
    const servers = all.filter((server) => server !== undefined);
    if (servers.length < all.length) warn(`${all.length - servers.length} without a ${address} address left out.`);
    return servers;
  },
});
