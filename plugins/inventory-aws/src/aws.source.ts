import type { EC2Client, EC2ClientConfig, Instance } from '@aws-sdk/client-ec2';
import { defineInventorySource, z, type FoundServer } from '@servonaut/plugin-sdk';
import { addressSchema, endpointSchema } from '@servonaut/plugin-sdk/cloud';

/** Most that EC2 gives in one page. */
const PER_PAGE = 1_000;

/** Tags that AWS itself puts on machines; ids of stacks and templates are among them. */
const THEIR_TAGS = 'aws:';

function addressOf(instance: Instance, kind: 'public' | 'private'): string | undefined {
  if (kind === 'private') return instance.PrivateIpAddress;
  return instance.PublicIpAddress ?? instance.Ipv6Address;
}

function found(instance: Instance, kind: 'public' | 'private', region: string): FoundServer | undefined {
  const tags = (instance.Tags ?? []).flatMap(({ Key, Value = '' }) => (Key ? [[Key, Value] as const] : []));
  const host = addressOf(instance, kind);
  if (host === undefined) return undefined;
  const labels = tags.filter(([key]) => key !== 'Name' && !key.startsWith(THEIR_TAGS));
  const name = tags.find(([key]) => key === 'Name')?.[1] ?? '';
  return { name, host, labels: { region, ...Object.fromEntries(labels) } };
}

async function runningIn(
  client: EC2Client,
  filters: Readonly<Record<string, readonly string[]>>,
  signal: AbortSignal,
): Promise<Instance[]> {
  const { paginateDescribeInstances } = await import('@aws-sdk/client-ec2');
  const wanted = Object.entries(filters).map(([Name, Values]) => ({ Name, Values: [...Values] }));
  const Filters = [{ Name: 'instance-state-name', Values: ['running'] }, ...wanted];
  const paging = { client, pageSize: PER_PAGE };
  const instances: Instance[] = [];
  for await (const page of paginateDescribeInstances(paging, { Filters }, { abortSignal: signal })) {
    for (const { Instances = [] } of page.Reservations ?? []) instances.push(...Instances);
  }
  return instances;
}

/** The running instances of EC2 in some regions, with the credentials that the AWS command line would use. */
export const awsSource = defineInventorySource({
  kind: 'aws',
  options: z.object({
    /** By default that of the profile, or of AWS_REGION. */
    regions: z
      .array(z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'expected a region such as eu-central-1'))
      .min(1)
      .optional(),
    /** Of `~/.aws/config`; by default AWS_PROFILE, or "default". */
    profile: z.string().min(1).optional(),
    /** Filters of DescribeInstances, such as `tag:env: [prod]`. */
    filters: z.record(z.string(), z.array(z.string()).min(1)).default({}),
    address: addressSchema,
    endpoint: endpointSchema.optional(),
  }),

  async list({ regions = [undefined], profile, filters, address, endpoint }, { signal, warn }) {
    const { EC2Client: Client } = await import('@aws-sdk/client-ec2');
    const lists = regions.map(async (region) => {
      const chosen = { ...(region && { region }), ...(profile && { profile }), ...(endpoint && { endpoint }) };
      const client = new Client(chosen satisfies EC2ClientConfig);
      try {
        const [where, instances] = [await client.config.region(), await runningIn(client, filters, signal)];
        return instances.map((instance) => found(instance, address, where));
      } finally {
        client.destroy();
      }
    });
    const all = (await Promise.all(lists)).flat();
    const servers = all.filter((server) => server !== undefined);
    if (servers.length < all.length) warn(`${all.length - servers.length} without a ${address} address left out.`);
    return servers;
  },
});
