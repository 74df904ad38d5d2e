import { defineInventorySource, z, type SourceContext } from '@servonaut/plugin-sdk';
import { addressSchema, CloudApi, endpointSchema } from '@servonaut/plugin-sdk/cloud';
import { changeMachine, instancesOf, machineState } from './machines.ts';
import { runningMachines, type Asked } from './resources.ts';
import { serversOf } from './servers.ts';

const optionsSchema = z.object({
  /** By default all that the credentials may see. */
  subscriptions: z.array(z.guid()).min(1).optional(),
  address: addressSchema,
  /** Of another Azure than the public one: `https://management.usgovcloudapi.net`. Its log-in is AZURE_AUTHORITY_HOST's to name. */
  endpoint: endpointSchema.optional(),
});
type Options = z.output<typeof optionsSchema>;

async function graph({ subscriptions, endpoint }: Options, { signal }: SourceContext): Promise<Asked> {
  const [{ ResourceGraphClient: Client }, { DefaultAzureCredential }] = await Promise.all([
    import('@azure/arm-resourcegraph'),
    import('@azure/identity'),
  ]);
  // Without scopes of its own the SDK asks for a token for the public cloud.
  const elsewhere = endpoint !== undefined && { endpoint, credentials: { scopes: [`${endpoint}/.default`] } };
  return { client: new Client(new DefaultAzureCredential(), { ...elsewhere }), subscriptions, signal };
}

async function manager({ endpoint = 'https://management.azure.com' }: Options, { signal }: SourceContext) {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  const credentials = async () => {
    const { token } = await credential.getToken(`${endpoint}/.default`, { abortSignal: signal });
    return { authorization: `Bearer ${token}` };
  };
  return new CloudApi({ service: 'Azure', endpoint, credentials, signal });
}

/** The virtual machines of Azure, with the credentials of the environment, of a managed identity or of the Azure command line. */
export const azureSource = defineInventorySource({
  kind: 'azure',
  options: optionsSchema,

  async list(options, context) {
    const { address } = options;
    const all = serversOf(await runningMachines(await graph(options, context)), address);
    const servers = all.filter((server) => server !== undefined);
    if (servers.length < all.length)
      context.warn(`${all.length - servers.length} without a ${address} address left out.`);
    return servers;
  },

  instances: async (options, context) => instancesOf(await graph(options, context)),

  control: {
    permission:
      'Microsoft.Compute/virtualMachines/start/action, …/deallocate/action and …/restart/action, as the role Virtual Machine Contributor has them',
    change: async (options, { id, action }, context) => changeMachine(await manager(options, context), id, action),
    state: async (options, id, context) => machineState(await manager(options, context), id),
  },
});
