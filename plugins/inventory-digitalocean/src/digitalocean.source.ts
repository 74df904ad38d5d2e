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

const PER_PAGE = 200;

const addressesSchema = z.array(z.object({ ip_address: z.string(), type: z.string() })).default([]);

/** What is read of a droplet. https://docs.digitalocean.com/products/droplets/reference/api/droplets/ */
const dropletSchema = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  size_slug: z.string().optional(),
  networks: z.object({ v4: addressesSchema, v6: addressesSchema }),
  region: z.object({ slug: z.string() }),
  tags: z.array(z.string()),
});
type Droplet = z.output<typeof dropletSchema>;

const pageSchema = z.object({
  droplets: z.array(dropletSchema),
  links: z.object({ pages: z.object({ next: z.string().optional() }).optional() }).default({}),
});

/** `role:db` is a label with a value, and `db` one that is there or not. */
function labelOf(tag: string): [string, string] {
  const at = tag.indexOf(':');
  return at > 0 ? [tag.slice(0, at), tag.slice(at + 1)] : [`tag.${tag}`, 'true'];
}

const labelsOf = ({ region, tags }: Droplet): Record<string, string> => ({
  region: region.slug,
  ...Object.fromEntries(tags.map(labelOf)),
});

function found(droplet: Droplet, kind: string): FoundServer | undefined {
  const { name, networks } = droplet;
  const host = [...networks.v4, ...networks.v6].find(({ type }) => type === kind)?.ip_address;
  return host === undefined ? undefined : { name, host, labels: labelsOf(droplet) };
}

/** One that is starting or stopping is told as what it was before. `new` and `archive` are others. */
const STATES: ReadonlyMap<string, InstanceState> = new Map([
  ['active', 'running'],
  ['off', 'stopped'],
]);
const stateOf = ({ status }: Pick<Droplet, 'status'>): InstanceState => STATES.get(status) ?? 'other';

function instanceOf(droplet: Droplet): FoundInstance {
  const { id, name, region, size_slug: type } = droplet;
  const place = { zone: region.slug, ...(type !== undefined && { type }) };
  return { id: String(id), name, labels: labelsOf(droplet), state: stateOf(droplet), ...place };
}

/** A shutdown asks the operating system, which may not heed it. https://docs.digitalocean.com/products/droplets/reference/api/droplet-actions/ */
const ACTIONS = { start: 'power_on', stop: 'shutdown', reboot: 'reboot' } as const;

function tokenOf(env: Readonly<NodeJS.ProcessEnv>, variables: readonly string[]): string {
  const token = variables.map((name) => env[name]).find(Boolean);
  if (token) return token;
  throw new ServonautError('config_invalid', {
    message: `${variables.join(' or ')} is not set.`,
    nextStep: 'Set it to a token that may read droplets.',
  });
}

const optionsSchema = z.object({
  /** Variable of the environment that has the token; by default one of those that DigitalOcean's own tools read. */
  token_variable: z.string().min(1).optional(),
  /** Only droplets with this tag. */
  tag: z.string().min(1).optional(),
  address: addressSchema,
  endpoint: endpointSchema.default('https://api.digitalocean.com'),
});
type Options = z.output<typeof optionsSchema>;

function apiOf({ token_variable: variable, endpoint }: Options, { env, signal }: SourceContext): CloudApi {
  const variables = variable === undefined ? ['DIGITALOCEAN_ACCESS_TOKEN', 'DIGITALOCEAN_TOKEN'] : [variable];
  const token = tokenOf(env, variables);
  const credentials = () => ({ authorization: `Bearer ${token}` });
  return new CloudApi({ service: 'DigitalOcean', endpoint, credentials, signal });
}

async function droplets(options: Options, context: SourceContext): Promise<Droplet[]> {
  const api = apiOf(options, context);
  return allPages('DigitalOcean', 1, async (page: number) => {
    const query = { page, per_page: PER_PAGE, tag_name: options.tag };
    const { droplets: items, links } = pageSchema.parse(await api.get('/v2/droplets', query));
    return { items, next: links.pages?.next === undefined ? undefined : page + 1 };
  });
}

/** The droplets of a team of DigitalOcean. */
export const digitalOceanSource = defineInventorySource({
  kind: 'digitalocean',
  options: optionsSchema,

  async list(options, context) {
    const active = (await droplets(options, context)).filter(({ status }) => status === 'active');
    const servers = active.flatMap((droplet) => found(droplet, options.address) ?? []);
    const without = active.length - servers.length;
    if (without > 0) context.warn(`${without} without a ${options.address} address left out.`);
    return servers;
  },

  async instances(options, context) {
    return (await droplets(options, context)).map(instanceOf);
  },

  control: {
    permission: 'the scope droplet:update',
    async change(options, { id, action }, context) {
      const body = { type: ACTIONS[action] };
      await apiOf(options, context).post(`/v2/droplets/${encodeURIComponent(id)}/actions`, { body });
    },
    async state(options, id, context) {
      const answer = await apiOf(options, context).get(`/v2/droplets/${encodeURIComponent(id)}`);
      return stateOf(z.object({ droplet: dropletSchema.pick({ status: true }) }).parse(answer).droplet);
    },
  },
});
