import { defineInventorySource, ServonautError, z, type FoundServer } from '@servonaut/plugin-sdk';
import { addressSchema, CloudApi, endpointSchema } from '@servonaut/plugin-sdk/cloud';

const PER_PAGE = 200;

const addressesSchema = z.array(z.object({ ip_address: z.string(), type: z.string() })).default([]);

/** What is read of an answer to `GET /v2/droplets`. */
const pageSchema = z.object({
  droplets: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      networks: z.object({ v4: addressesSchema, v6: addressesSchema }),
      region: z.object({ slug: z.string() }),
      tags: z.array(z.string()),
    }),
  ),
  links: z.object({ pages: z.object({ next: z.string().optional() }).optional() }).default({}),
});
type Droplet = z.output<typeof pageSchema>['droplets'][number];

/** `role:db` is a label with a value, and `db` one that is there or not. */
function labelOf(tag: string): [string, string] {
  const at = tag.indexOf(':');
  return at > 0 ? [tag.slice(0, at), tag.slice(at + 1)] : [`tag.${tag}`, 'true'];
}

function found({ name, networks, region, tags }: Droplet, kind: string): FoundServer | undefined {
  const host = [...networks.v4, ...networks.v6].find(({ type }) => type === kind)?.ip_address;
  const labels = { region: region.slug, ...Object.fromEntries(tags.map(labelOf)) };
  return host === undefined ? undefined : { name, host, labels };
}

function tokenOf(env: Readonly<NodeJS.ProcessEnv>, variables: readonly string[]): string {
  const token = variables.map((name) => env[name]).find(Boolean);
  if (token) return token;
  throw new ServonautError('config_invalid', {
    message: `${variables.join(' or ')} is not set.`,
    nextStep: 'Set it to a token that may read droplets.',
  });
}

/** The running droplets of a team of DigitalOcean. */
export const digitalOceanSource = defineInventorySource({
  kind: 'digitalocean',
  options: z.object({
    /** Variable of the environment that has the token; by default one of those that DigitalOcean's own tools read. */
    token_variable: z.string().min(1).optional(),
    /** Only droplets with this tag. */
    tag: z.string().min(1).optional(),
    address: addressSchema,
    endpoint: endpointSchema.default('https://api.digitalocean.com'),
  }),

  async list({ token_variable: variable, tag, address, endpoint }, { env, signal, warn }) {
    const variables = variable === undefined ? ['DIGITALOCEAN_ACCESS_TOKEN', 'DIGITALOCEAN_TOKEN'] : [variable];
    const token = tokenOf(env, variables);
    const credentials = () => ({ authorization: `Bearer ${token}` });
    const api = new CloudApi({ service: 'DigitalOcean', endpoint, credentials, signal });
    const droplets: Droplet[] = [];
    for (let page = 1, isLast = false; !isLast; page++) {
      const answer = pageSchema.parse(await api.get('/v2/droplets', { page, per_page: PER_PAGE, tag_name: tag }));
      droplets.push(...answer.droplets.filter(({ status }) => status === 'active'));
      isLast = answer.links.pages?.next === undefined;
    }
    const servers = droplets.flatMap((droplet) => found(droplet, address) ?? []);
    const without = droplets.length - servers.length;
    if (without > 0) warn(`${without} without a ${address} address left out.`);
    return servers;
  },
});
