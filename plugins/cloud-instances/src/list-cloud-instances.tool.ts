import {
  dataTable,
  defineTool,
  INSTANCE_STATES,
  selectServers,
  serverTermSchema,
  z,
  type CloudInstance,
  type InstanceListing,
  type InstanceState,
} from '@servonaut/plugin-sdk';
import { instanceRow, instanceRowSchema, sourceNameSchema, type InstanceRow } from './instance-row.ts';

/** Most characters of the rows of one answer, labels included. */
const ROWS_LENGTH = 200_000;

const COLUMNS = ['name', 'source', 'state', 'type', 'zone', 'is_server', 'labels'] as const;

export const listCloudInstances = defineTool({
  name: 'list_cloud_instances',
  title: 'List cloud instances',
  description:
    'Lists the machines that the operator has at clouds (AWS, Azure, Google Cloud, Hetzner, DigitalOcean; those of their inventory sources), also those that are stopped: name, source, state, type, zone and labels. Use it when a server is missing from list_servers, which has only running ones, or before cloud_instance_control, which takes name and source from here. is_server says whether the other tools know a server of this name now. The clouds are asked anew at each call, so narrow it by source where you can; for how a server itself is, use check_status or get_server_info. Addresses are not told. A cloud that did not answer is named in failed: what it has is missing then.',
  target: 'executor',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    source: sourceNameSchema
      .optional()
      .describe('Only of this source, as answers name it: "aws", or "aws 2" for the second one of its kind.'),
    filter: serverTermSchema
      .optional()
      .describe(
        'Only these: a name with * for any characters ("web-*"), or a label ("label:role=db"). With "!" before it, all others.',
      ),
    state: z.enum(INSTANCE_STATES).optional().describe('Only those that are so.'),
    most: z.int().min(1).max(500).default(50).describe('How many at most.'),
  }),
  data: z.object({
    instances: z.array(instanceRowSchema),
    /** That match, and are not among `instances`. */
    left_out: z.int().min(0),
    /** Of which nothing can be told: they have no name, or one that is an address. */
    unnamed: z.int().min(0),
    sources: z.array(z.string()),
    failed: z.array(z.object({ source: z.string(), reason: z.string() })),
  }),
  cli: {
    examples: [
      '<%= config.bin %> list-cloud-instances',
      "<%= config.bin %> list-cloud-instances --source aws --state stopped --filter 'web-*'",
    ],
  },

  async run({ source, filter, state, most }, { instances: clouds, servers }) {
    const listing = await clouds.list(source);
    const wanted = matching(listing.instances, filter, state);
    const rows = fitting(
      wanted.slice(0, most).map((instance) => instanceRow(instance, servers)),
      ROWS_LENGTH,
    );
    const { leftOut: unnamed, sources, failed } = listing;
    const data = {
      instances: rows,
      left_out: wanted.length - rows.length,
      unnamed,
      sources: [...sources],
      failed: [...failed],
    };
    return { output: text(data, listing), data };
  },
});

/** In an order that is the same at each call. */
function matching(
  all: readonly CloudInstance[],
  filter: string | undefined,
  state: InstanceState | undefined,
): CloudInstance[] {
  const named = filter === undefined ? all : selectServers(all, [filter]);
  const sorted = named.filter((instance) => state === undefined || instance.state === state);
  const place = ({ name, source, zone }: CloudInstance): string => [name, source, zone ?? ''].join('\0');
  const placed = sorted.map((instance) => ({ instance, at: place(instance) }));
  return placed.sort((one, other) => (one.at < other.at ? -1 : 1)).map(({ instance }) => instance);
}

/** Those from the first on that are no longer than this together. */
function fitting(rows: readonly InstanceRow[], most: number): InstanceRow[] {
  let length = 0;
  const end = rows.findIndex((row) => (length += JSON.stringify(row).length) > most);
  return end === -1 ? [...rows] : rows.slice(0, end);
}

function text(
  data: { instances: InstanceRow[]; left_out: number; unnamed: number; failed: { source: string; reason: string }[] },
  { sources }: InstanceListing,
): string {
  if (sources.length === 0)
    return 'No cloud is among the sources of the servers of this executor; the operator adds them to servers.yaml.';
  const rows = data.instances.map(({ labels, ...row }) => ({
    ...row,
    labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  }));
  return [
    ...data.failed.map(({ source, reason }) => `${source} is missing here: ${reason}`),
    rows.length === 0 ? 'There is no such instance.' : dataTable(rows, COLUMNS, data.left_out),
    ...(data.unnamed > 0 ? [`[${data.unnamed} without a name that can be told]`] : []),
  ].join('\n');
}
