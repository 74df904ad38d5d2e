import { defineInventorySource, ServonautError, z, type FoundServer } from '@servonaut/plugin-sdk';
import { addressSchema, CloudApi, endpointSchema } from '@servonaut/plugin-sdk/cloud';

const PER_PAGE = 500;
const SCOPE = 'https://www.googleapis.com/auth/compute.readonly';

/** In place of instances, or of some of them. */
const warningSchema = z.object({ code: z.string() }).optional();

/** What is read of an answer to `instances.aggregatedList`. */
const pageSchema = z.object({
  items: z
    .record(
      z.string(),
      z.object({
        instances: z
          .array(
            z.object({
              name: z.string(),
              /** A URL that ends in the zone. */
              zone: z.string(),
              networkInterfaces: z
                .array(
                  z.object({
                    networkIP: z.string().optional(),
                    accessConfigs: z.array(z.object({ natIP: z.string().optional() })).default([]),
                    ipv6AccessConfigs: z.array(z.object({ externalIpv6: z.string().optional() })).default([]),
                  }),
                )
                .default([]),
              labels: z.record(z.string(), z.string()).default({}),
              tags: z.object({ items: z.array(z.string()).default([]) }).default({ items: [] }),
            }),
          )
          .default([]),
        warning: warningSchema,
      }),
    )
    .default({}),
  warning: warningSchema,
  /** Zones of which nothing is known. */
  unreachables: z.array(z.string()).default([]),
  nextPageToken: z.string().optional(),
});
type Page = z.output<typeof pageSchema>;
type Instance = Page['items'][string]['instances'][number];

/** What a zone without an instance has. */
const NOTHING_THERE = 'NO_RESULTS_ON_PAGE';

/** The servers of a zone that does not answer are still there. @throws ServonautError `unavailable` */
function refusePart({ items, warning, unreachables }: Page): void {
  const missing = Object.entries(items).filter(([, zone]) => isFault(zone.warning));
  const zones = [...unreachables, ...missing.map(([zone]) => zone)];
  if (zones.length === 0 && !isFault(warning)) return;
  const where = zones.length === 0 ? '' : ` in ${[...new Set(zones)].join(', ')}`;
  throw new ServonautError('unavailable', { message: `Google Cloud could not list all instances${where}.` });
}

const isFault = (warning: Page['warning']): boolean => warning !== undefined && warning.code !== NOTHING_THERE;

function addressOf({ networkInterfaces: interfaces }: Instance, kind: 'public' | 'private'): string | undefined {
  if (kind === 'private') return interfaces[0]?.networkIP;
  const public4 = interfaces.flatMap(({ accessConfigs }) => accessConfigs.map(({ natIP }) => natIP));
  const public6 = interfaces.flatMap(({ ipv6AccessConfigs }) => ipv6AccessConfigs.map((config) => config.externalIpv6));
  return [...public4, ...public6].find((address) => address !== undefined);
}

/** Labels that Google puts on machines of its own services begin so. */
const THEIR_LABELS = 'goog-';

function found(instance: Instance, kind: 'public' | 'private'): FoundServer | undefined {
  const host = addressOf(instance, kind);
  if (host === undefined) return undefined;
  const zone = instance.zone.slice(instance.zone.lastIndexOf('/') + 1);
  const labels = Object.entries(instance.labels).filter(([key]) => !key.startsWith(THEIR_LABELS));
  const tags = instance.tags.items.map((tag) => [`tag.${tag}`, 'true']);
  return {
    name: instance.name,
    host,
    labels: { region: zone.replace(/-[a-z]$/, ''), zone, ...Object.fromEntries([...tags, ...labels]) },
  };
}

async function runningIn(project: string, filter: string, api: CloudApi): Promise<Instance[]> {
  const path = `/compute/v1/projects/${encodeURIComponent(project)}/aggregated/instances`;
  const instances: Instance[] = [];
  for (let pageToken: string | undefined, isLast = false; !isLast;) {
    const query = { filter, maxResults: PER_PAGE, returnPartialSuccess: 'true', pageToken };
    const page = pageSchema.parse(await api.get(path, query));
    refusePart(page);
    for (const { instances: some } of Object.values(page.items)) instances.push(...some);
    pageToken = page.nextPageToken;
    isLast = pageToken === undefined;
  }
  return instances;
}

/** The running instances of Compute Engine in some projects, with the operator's application default credentials. */
export const gcpSource = defineInventorySource({
  kind: 'gcp',
  options: z.object({
    /** By default the project of the credentials. */
    projects: z
      .array(z.string().regex(/^[a-z][a-z0-9:.-]{1,62}$/, 'expected the id of a project'))
      .min(1)
      .optional(),
    /** Which instances, as `gcloud` takes it: `labels.env=prod`. */
    filter: z.string().min(1).optional(),
    address: addressSchema,
    endpoint: endpointSchema.default('https://compute.googleapis.com'),
  }),

  async list({ projects, filter, address, endpoint }, { signal, warn }) {
    const { GoogleAuth } = await import('google-auth-library');
    const auth = new GoogleAuth({ scopes: [SCOPE] });
    const credentials = async () => Object.fromEntries(await auth.getRequestHeaders(endpoint));
    const api = new CloudApi({ service: 'Google Cloud', endpoint, credentials, signal });
    const wanted = filter === undefined ? 'status = RUNNING' : `(status = RUNNING) AND (${filter})`;
    signal.throwIfAborted();
    const lists = (projects ?? [await auth.getProjectId()]).map((project) => runningIn(project, wanted, api));
    const instances = (await Promise.all(lists)).flat();
    const servers = instances.flatMap((instance) => found(instance, address) ?? []);
    if (servers.length < instances.length)
      warn(`${instances.length - servers.length} without a ${address} address left out.`);
    return servers;
  },
});
