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

const PER_PAGE = 500;
const MAY_READ = 'https://www.googleapis.com/auth/compute.readonly';
const MAY_CHANGE = 'https://www.googleapis.com/auth/compute';

/** In place of instances, or of some of them. */
const warningSchema = z.object({ code: z.string() }).optional();

/** What is read of an answer to `instances.aggregatedList`. https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList */
const pageSchema = z.object({
  items: z
    .record(
      z.string(),
      z.object({
        instances: z
          .array(
            z.object({
              id: z.string().regex(/^[1-9]\d{0,19}$/),
              name: z.string(),
              status: z.string().default(''),
              /** A URL that ends in the type. */
              machineType: z.string().optional(),
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

const lastPart = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

function labelsOf(instance: Instance): Record<string, string> {
  const zone = lastPart(instance.zone);
  const labels = Object.entries(instance.labels).filter(([key]) => !key.startsWith(THEIR_LABELS));
  const tags = instance.tags.items.map((tag) => [`tag.${tag}`, 'true']);
  return { region: zone.replace(/-[a-z]$/, ''), zone, ...Object.fromEntries([...tags, ...labels]) };
}

function found(instance: Instance, kind: 'public' | 'private'): FoundServer | undefined {
  const host = addressOf(instance, kind);
  return host === undefined ? undefined : { name: instance.name, host, labels: labelsOf(instance) };
}

/** `REPAIRING` and those of suspending are others. https://cloud.google.com/compute/docs/instances/instance-lifecycle */
const STATES: ReadonlyMap<string, InstanceState> = new Map([
  ['RUNNING', 'running'],
  ['PROVISIONING', 'starting'],
  ['STAGING', 'starting'],
  ['PENDING_STOP', 'stopping'],
  ['STOPPING', 'stopping'],
  ['TERMINATED', 'stopped'],
]);
const stateOf = ({ status }: { readonly status: string }): InstanceState => STATES.get(status) ?? 'other';

/** Its path, by its number: one that is made anew takes over the name of one that is deleted, and not what was agreed to about that. */
function pathOf(project: string, zone: string, id: string): string {
  const parts = ['projects', project, 'zones', zone, 'instances', id].map(encodeURIComponent);
  return `/compute/v1/${parts.join('/')}`;
}

function instanceOf(project: string, instance: Instance): FoundInstance {
  const { id, name, machineType } = instance;
  const zone = lastPart(instance.zone);
  const type = machineType !== undefined && { type: lastPart(machineType) };
  return { id: pathOf(project, zone, id), name, labels: labelsOf(instance), state: stateOf(instance), zone, ...type };
}

/** A reset does not ask the operating system; there is no reboot that does. https://cloud.google.com/compute/docs/reference/rest/v1/instances/reset */
const ACTIONS = { start: 'start', stop: 'stop', reboot: 'reset' } as const;

const optionsSchema = z.object({
  /** By default the project of the credentials. */
  projects: z
    .array(z.string().regex(/^[a-z][a-z0-9:.-]{1,62}$/, 'expected the id of a project'))
    .min(1)
    .optional(),
  /** Which instances, as `gcloud` takes it: `labels.env=prod`. */
  filter: z.string().min(1).optional(),
  address: addressSchema,
  endpoint: endpointSchema.default('https://compute.googleapis.com'),
});
type Options = z.output<typeof optionsSchema>;

/** Google, and the project of the credentials. */
async function google({ endpoint }: Options, { signal }: SourceContext, scope: string) {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: [scope] });
  const credentials = async () => Object.fromEntries(await auth.getRequestHeaders(endpoint));
  const api = new CloudApi({ service: 'Google Cloud', endpoint, credentials, signal });
  signal.throwIfAborted();
  return { api, project: () => auth.getProjectId() };
}

async function instancesIn(project: string, filter: string | undefined, api: CloudApi): Promise<Instance[]> {
  const path = `/compute/v1/projects/${encodeURIComponent(project)}/aggregated/instances`;
  return allPages('Google Cloud', '', async (at: string) => {
    const query = { filter, maxResults: PER_PAGE, returnPartialSuccess: 'true', pageToken: at || undefined };
    const page = pageSchema.parse(await api.get(path, query));
    refusePart(page);
    return { items: Object.values(page.items).flatMap(({ instances }) => instances), next: page.nextPageToken };
  });
}

async function allInstances(options: Options, context: SourceContext, filter: string | undefined) {
  const { api, project } = await google(options, context, MAY_READ);
  const lists = (options.projects ?? [await project()]).map(async (one) => {
    const instances = await instancesIn(one, filter, api);
    return instances.map((instance) => ({ project: one, instance }));
  });
  return (await Promise.all(lists)).flat();
}

/** The instances of Compute Engine in some projects, with the operator's application default credentials. */
export const gcpSource = defineInventorySource({
  kind: 'gcp',
  options: optionsSchema,

  async list(options, context) {
    const { filter, address } = options;
    const wanted = filter === undefined ? 'status = RUNNING' : `(status = RUNNING) AND (${filter})`;
    const running = await allInstances(options, context, wanted);
    const servers = running.flatMap(({ instance }) => found(instance, address) ?? []);
    const without = running.length - servers.length;
    if (without > 0) context.warn(`${without} without a ${address} address left out.`);
    return servers;
  },

  async instances(options, context) {
    const all = await allInstances(options, context, options.filter);
    return all.map(({ project, instance }) => instanceOf(project, instance));
  },

  control: {
    permission: 'compute.instances.start, compute.instances.stop and compute.instances.reset',
    async change(options, { id, action }, context) {
      const { api } = await google(options, context, MAY_CHANGE);
      await api.post(`${id}/${ACTIONS[action]}`);
    },
    async state(options, id, context) {
      const { api } = await google(options, context, MAY_READ);
      return stateOf(z.object({ status: z.string() }).parse(await api.get(id)));
    },
  },
});
