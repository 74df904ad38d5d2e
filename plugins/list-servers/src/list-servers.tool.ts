import { defineTool, selectServers, serverTermSchema, z, type ServerEntry } from '@servonaut/plugin-sdk';

/** More than this no reader takes in; a filter finds the rest. */
const MOST_SERVERS = 200;

export const listServers = defineTool({
  name: 'list_servers',
  title: 'List servers',
  description:
    'Lists the servers that you can act on, by name and labels. Call it first when you do not know the exact name of a server: every other tool takes the name from here as "server". With many servers narrow it by "filter". It shows which servers are configured, not whether they are up (that is check_status), and never their addresses.',
  target: 'executor',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    filter: serverTermSchema
      .optional()
      .describe(
        'Only these: a name with * for any characters ("web-*"), or a label ("label:role=db", "label:role"). With "!" before it, all others.',
      ),
  }),
  data: z.object({
    servers: z.array(z.object({ name: z.string(), labels: z.record(z.string(), z.string()) })),
    /** Servers that match, of which `servers` shows the first. */
    total: z.int().min(0),
  }),
  cli: { examples: ['<%= config.bin %> list-servers', '<%= config.bin %> list-servers --filter label:role=db'] },

  async run({ filter }, { servers }) {
    const matching = filter === undefined ? servers : selectServers(servers, [filter]);
    const shown = matching.slice(0, MOST_SERVERS).map(({ name, labels }) => ({ name, labels }));
    return { output: asText(shown, matching.length, filter), data: { servers: shown, total: matching.length } };
  },
});

function asText(shown: readonly ServerEntry[], total: number, filter: string | undefined): string {
  if (total === 0)
    return filter === undefined ? 'This executor has no servers.' : `No server matches ${JSON.stringify(filter)}.`;
  const more = total > shown.length ? [`… and ${total - shown.length} more; narrow them by filter.`] : [];
  return [...shown.map(line), ...more].join('\n');
}

function line({ name, labels }: ServerEntry): string {
  return [name, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)].join(' ');
}
