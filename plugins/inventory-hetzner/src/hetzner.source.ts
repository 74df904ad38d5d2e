import {
  defineInventorySource,
  ServonautError,
  z,
  type FoundInstance,
  type FoundServer,
  type InstanceState,
  type SourceContext,
} from '@servonaut/plugin-sdk';
import { addressSchema, allPages, CloudApi, endpointSchema } from '@servonaut/plugin-sdk/cloud';

const PER_PAGE = 50;

/** What is read of a server. https://docs.hetzner.cloud/reference/cloud#servers */
const machineSchema = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  server_type: z.object({ name: z.string() }).nullish(),
  public_net: z.object({
    ipv4: z.object({ ip: z.string() }).nullish(),
    /** A network, of which the machine has the first address. */
    ipv6: z.object({ ip: z.string() }).nullish(),
  }),
  private_net: z.array(z.object({ ip: z.string() })),
  location: z.object({ name: z.string() }).nullish(),
  datacenter: z.object({ location: z.object({ name: z.string() }) }).nullish(),
  labels: z.record(z.string(), z.string()),
});
type Machine = z.output<typeof machineSchema>;

const pageSchema = z.object({
  servers: z.array(machineSchema),
  meta: z.object({ pagination: z.object({ next_page: z.int().nullable() }) }),
});

function addressOf(
  { public_net: net, private_net: networks }: Machine,
  kind: 'public' | 'private',
): string | undefined {
  if (kind === 'private') return networks[0]?.ip;
  return net.ipv4?.ip ?? net.ipv6?.ip.replace(/::\/\d+$/, '::1');
}

function labelsOf({ location, datacenter, labels }: Machine): Record<string, string> {
  const region = location?.name ?? datacenter?.location.name;
  return { ...(region !== undefined && { region }), ...labels };
}

function found(machine: Machine, kind: 'public' | 'private'): FoundServer | undefined {
  const host = addressOf(machine, kind);
  return host === undefined ? undefined : { name: machine.name, host, labels: labelsOf(machine) };
}

/** `initializing`, `migrating`, `rebuilding`, `deleting` and `unknown` are others. */
const STATES: ReadonlyMap<string, InstanceState> = new Map([
  ['running', 'running'],
  ['starting', 'starting'],
  ['stopping', 'stopping'],
  ['off', 'stopped'],
]);
const stateOf = ({ status }: Pick<Machine, 'status'>): InstanceState => STATES.get(status) ?? 'other';

function instanceOf(machine: Machine): FoundInstance {
  const labels = labelsOf(machine);
  const { id, name, server_type: type } = machine;
  const zone = labels['region'];
  const place = { ...(type && { type: type.name }), ...(zone !== undefined && { zone }) };
  return { id: String(id), name, labels, state: stateOf(machine), ...place };
}

/** A shutdown asks the operating system, which may not heed it; a reboot does the same. https://docs.hetzner.cloud/reference/cloud#server-actions */
const ACTIONS = { start: 'poweron', stop: 'shutdown', reboot: 'reboot' } as const;

const optionsSchema = z.object({
  /** Variable of the environment that has the project's token; one that may only read is enough to list. */
  token_variable: z.string().min(1).default('HCLOUD_TOKEN'),
  /** Which servers, as Hetzner's own tools take it: `env=prod,!old`. */
  label_selector: z.string().min(1).optional(),
  address: addressSchema,
  endpoint: endpointSchema.default('https://api.hetzner.cloud/v1'),
});
type Options = z.output<typeof optionsSchema>;

function apiOf({ token_variable: variable, endpoint }: Options, { env, signal }: SourceContext): CloudApi {
  const token = env[variable];
  if (!token) {
    throw new ServonautError('config_invalid', {
      message: `${variable} is not set.`,
      nextStep: 'Set it to a token of the project that may read.',
    });
  }
  const credentials = () => ({ authorization: `Bearer ${token}` });
  return new CloudApi({ service: 'Hetzner Cloud', endpoint, credentials, signal });
}

async function machines(options: Options, context: SourceContext, status?: string): Promise<Machine[]> {
  const api = apiOf(options, context);
  return allPages('Hetzner Cloud', 1, async (page: number) => {
    const query = { status, page, per_page: PER_PAGE, sort: 'id', label_selector: options.label_selector };
    const { servers, meta } = pageSchema.parse(await api.get('/servers', query));
    return { items: servers, next: meta.pagination.next_page ?? undefined };
  });
}

/** The servers of a project of Hetzner Cloud. */
export const hetznerSource = defineInventorySource({
  kind: 'hetzner',
  options: optionsSchema,

  async list(options, context) {
    const running = await machines(options, context, 'running');
    const servers = running.flatMap((machine) => found(machine, options.address) ?? []);
    const without = running.length - servers.length;
    if (without > 0) context.warn(`${without} without a ${options.address} address left out.`);
    return servers;
  },

  async instances(options, context) {
    return (await machines(options, context)).map(instanceOf);
  },

  control: {
    permission: 'a token of the project that may read and write',
    async change(options, { id, action }, context) {
      await apiOf(options, context).post(`/servers/${encodeURIComponent(id)}/actions/${ACTIONS[action]}`);
    },
    async state(options, id, context) {
      const answer = await apiOf(options, context).get(`/servers/${encodeURIComponent(id)}`);
      return stateOf(z.object({ server: machineSchema.pick({ status: true }) }).parse(answer).server);
    },
  },
});
