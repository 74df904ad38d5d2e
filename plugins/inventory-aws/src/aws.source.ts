import type { EC2Client, EC2ClientConfig, Filter, Instance } from '@aws-sdk/client-ec2';
import {
  defineInventorySource,
  ServonautError,
  z,
  type FoundInstance,
  type FoundServer,
  type InstanceState,
} from '@servonaut/plugin-sdk';
import { addressSchema, allPages, endpointSchema } from '@servonaut/plugin-sdk/cloud';

/** Most that EC2 gives in one page. */
const PER_PAGE = 1_000;

/** Tags that AWS itself puts on machines; ids of stacks and templates are among them. */
const THEIR_TAGS = 'aws:';

function addressOf(instance: Instance, kind: 'public' | 'private'): string | undefined {
  if (kind === 'private') return instance.PrivateIpAddress;
  return instance.PublicIpAddress ?? instance.Ipv6Address;
}

function namedBy(tags: Instance['Tags'], region: string): Pick<FoundServer, 'name' | 'labels'> {
  const known = (tags ?? []).flatMap(({ Key, Value = '' }) => (Key ? [[Key, Value] as const] : []));
  const labels = known.filter(([key]) => key !== 'Name' && !key.startsWith(THEIR_TAGS));
  const name = known.find(([key]) => key === 'Name')?.[1] ?? '';
  return { name, labels: { region, ...Object.fromEntries(labels) } };
}

function found(instance: Instance, kind: 'public' | 'private', region: string): FoundServer | undefined {
  const host = addressOf(instance, kind);
  return host === undefined ? undefined : { host, ...namedBy(instance.Tags, region) };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html */
const STATES: ReadonlyMap<string, InstanceState> = new Map([
  ['running', 'running'],
  ['pending', 'starting'],
  ['stopping', 'stopping'],
  ['stopped', 'stopped'],
]);
const stateOf = ({ State }: Instance): InstanceState => STATES.get(State?.Name ?? '') ?? 'other';

/** What has been terminated stays listed for an hour, and never comes back. */
const THERE: Filter = { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] };
const RUNNING: Filter = { Name: 'instance-state-name', Values: ['running'] };

function instanceOf(instance: Instance, region: string): FoundInstance {
  const { InstanceId = '', InstanceType: type, Placement } = instance;
  const zone = Placement?.AvailabilityZone;
  const place = { ...(type !== undefined && { type }), ...(zone !== undefined && { zone }) };
  // An id is known in its region alone.
  return { id: `${region}/${InstanceId}`, ...namedBy(instance.Tags, region), state: stateOf(instance), ...place };
}

const optionsSchema = z.object({
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
});
type Options = z.output<typeof optionsSchema>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
function asKnown(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'UnauthorizedOperation') return new ServonautError('cloud_refused', { message: error.message });
  const isOfCredentials =
    /^(?:AuthFailure|InvalidClientTokenId|Expired|CredentialsProvider|TokenProvider|OptInRequired)/;
  const known = { message: error.message, cause: error };
  return isOfCredentials.test(error.name) ? new ServonautError('config_invalid', known) : error;
}

async function inRegion<Value>(
  { profile, endpoint }: Options,
  region: string | undefined,
  use: (client: EC2Client) => Promise<Value>,
): Promise<Value> {
  const { EC2Client: Client } = await import('@aws-sdk/client-ec2');
  const chosen = { ...(region && { region }), ...(profile && { profile }), ...(endpoint && { endpoint }) };
  const client = new Client(chosen satisfies EC2ClientConfig);
  try {
    return await use(client);
  } catch (error) {
    throw asKnown(error);
  } finally {
    client.destroy();
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
async function described(client: EC2Client, Filters: Filter[], signal: AbortSignal): Promise<Instance[]> {
  const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
  return allPages('EC2', '', async (at: string) => {
    const page = new DescribeInstancesCommand({ Filters, MaxResults: PER_PAGE, ...(at !== '' && { NextToken: at }) });
    const { Reservations = [], NextToken } = await client.send(page, { abortSignal: signal });
    return { items: Reservations.flatMap(({ Instances = [] }) => Instances), next: NextToken || undefined };
  });
}

/** Each with its region. */
async function instancesOf(options: Options, state: Filter, signal: AbortSignal) {
  const wanted = Object.entries(options.filters).map(([Name, Values]) => ({ Name, Values: [...Values] }));
  const lists = (options.regions ?? [undefined]).map((region) =>
    inRegion(options, region, async (client) => {
      const where = await client.config.region();
      const instances = await described(client, [state, ...wanted], signal);
      return instances.map((instance) => ({ instance, region: where }));
    }),
  );
  return (await Promise.all(lists)).flat();
}

async function inItsRegion<Value>(
  options: Options,
  id: string,
  use: (client: EC2Client, InstanceIds: string[]) => Promise<Value>,
): Promise<Value> {
  const [region, instance = ''] = id.split('/');
  return inRegion(options, region, (client) => use(client, [instance]));
}

/** The instances of EC2 in some regions, with the credentials that the AWS command line would use. */
export const awsSource = defineInventorySource({
  kind: 'aws',
  options: optionsSchema,

  async list(options, { signal, warn }) {
    const { address } = options;
    const all = await instancesOf(options, RUNNING, signal);
    const servers = all.flatMap(({ instance, region }) => found(instance, address, region) ?? []);
    if (servers.length < all.length) warn(`${all.length - servers.length} without a ${address} address left out.`);
    return servers;
  },

  async instances(options, { signal }) {
    const all = await instancesOf(options, THERE, signal);
    return all.map(({ instance, region }) => instanceOf(instance, region));
  },

  control: {
    permission: 'ec2:StartInstances, ec2:StopInstances and ec2:RebootInstances',
    /** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html, and the other two beside it */
    async change(options, { id, action }, { signal }) {
      const ec2 = await import('@aws-sdk/client-ec2');
      await inItsRegion(options, id, async (client, InstanceIds) => {
        const given = [{ InstanceIds }, { abortSignal: signal }] as const;
        if (action === 'start') await client.send(new ec2.StartInstancesCommand(given[0]), given[1]);
        else if (action === 'stop') await client.send(new ec2.StopInstancesCommand(given[0]), given[1]);
        else await client.send(new ec2.RebootInstancesCommand(given[0]), given[1]);
      });
    },
    async state(options, id, { signal }) {
      const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
      return inItsRegion(options, id, async (client, InstanceIds) => {
        const answer = await client.send(new DescribeInstancesCommand({ InstanceIds }), { abortSignal: signal });
        const instance = answer.Reservations?.[0]?.Instances?.[0];
        return instance ? stateOf(instance) : 'other';
      });
    },
  },
});
