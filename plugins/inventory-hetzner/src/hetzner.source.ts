import { defineInventorySource, ServonautError, z, type FoundServer } from '@servonaut/plugin-sdk';
import { addressSchema, CloudApi, endpointSchema } from '@servonaut/plugin-sdk/cloud';

const PER_PAGE = 50;

/** What is read of an answer to `GET /servers`. */
const pageSchema = z.object({
  servers: z.array(
    z.object({
      name: z.string(),
      public_net: z.object({
        ipv4: z.object({ ip: z.string() }).nullish(),
        /** A network, of which the machine has the first address. */
        ipv6: z.object({ ip: z.string() }).nullish(),
      }),
      private_net: z.array(z.object({ ip: z.string() })),
      location: z.object({ name: z.string() }).nullish(),
      datacenter: z.object({ location: z.object({ name: z.string() }) }).nullish(),
      labels: z.record(z.string(), z.string()),
    }),
  ),
  meta: z.object({ pagination: z.object({ next_page: z.int().nullable() }) }),
});
type Machine = z.output<typeof pageSchema>['servers'][number];

function addressOf(
  { public_net: net, private_net: networks }: Machine,
  kind: 'public' | 'private',
): string | undefined {
  if (kind === 'private') return networks[0]?.ip;
  return net.ipv4?.ip ?? net.ipv6?.ip.replace(/::\/\d+$/, '::1');
}

function found(machine: Machine, kind: 'public' | 'private'): FoundServer | undefined {
  const host = addressOf(machine, kind);
  const region = machine.location?.name ?? machine.datacenter?.location.name;
  const labels = { ...(region !== undefined && { region }), ...machine.labels };
  return host === undefined ? undefined : { name: machine.name, host, labels };
}

/** The running servers of a project of Hetzner Cloud. */
export const hetznerSource = defineInventorySource({
  kind: 'hetzner',
  options: z.object({
    /** Variable of the environment that has the project's token; one that may only read is enough. */
    token_variable: z.string().min(1).default('HCLOUD_TOKEN'),
    /** Which servers, as Hetzner's own tools take it: `env=prod,!old`. */
    label_selector: z.string().min(1).optional(),
    address: addressSchema,
    endpoint: endpointSchema.default('https://api.hetzner.cloud/v1'),
  }),

  async list(options, { env, signal, warn }) {
    const token = env[options.token_variable];
    if (!token) {
      throw new ServonautError('config_invalid', {
        message: `${options.token_variable} is not set.`,
        nextStep: 'Set it to a token of the project that may read.',
      });
    }
    const credentials = () => ({ authorization: `Bearer ${token}` });
    const api = new CloudApi({ service: 'Hetzner Cloud', endpoint: options.endpoint, credentials, signal });
    const machines: Machine[] = [];
    for (let page: number | null = 1; page !== null;) {
      const query = { status: 'running', page, per_page: PER_PAGE, sort: 'id', label_selector: options.label_selector };
      const answer = pageSchema.parse(await api.get('/servers', query));
      machines.push(...answer.servers);
      page = answer.meta.pagination.next_page;
    }
    const servers = machines.flatMap((machine) => found(machine, options.address) ?? []);
    const without = machines.length - servers.length;
    if (without > 0) warn(`${without} without a ${options.address} address left out.`);
    return servers;
  },
});
