import { dataTable, defineTool, z } from '@servonaut/plugin-sdk';
import { allOutput } from '@servonaut/plugin-sdk/plain-output';
import { parseProcesses, type Process } from './parse-processes.ts';
import { processListSchema, type ProcessList, type ProcessRow } from './process-row.ts';
import { PROCESS_SCRIPT } from './process-script.ts';

export const listProcesses = defineTool({
  name: 'list_processes',
  title: 'List processes',
  description:
    'Returns the processes of a server that use most of the processor or of the memory, with user, time since the start, state and command line; with filter only those whose command line or user contains a text. Use it when the load is high or memory is short, and to see whether a program runs at all. It reads only. On Linux cpu_percent is an average since the process was started: what has just become busy may be low in it, then look at "top -b -n 2" with run_command. For a service use service_status, for containers list_containers.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    sort: z.enum(['cpu', 'memory']).default('cpu').describe('What the first ones use most of.'),
    filter: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('Only those whose command line or user contains this text, upper and lower case as given.'),
    most: z.int().min(1).max(500).default(20).describe('How many.'),
  }),
  data: processListSchema,
  combine: {
    rows: 'processes',
    order: [{ by: 'sort_value', direction: 'descending' }],
    columns: ['pid', 'user', 'cpu_percent', 'memory', 'elapsed', 'state', 'command'],
  },
  cli: {
    examples: [
      '<%= config.bin %> list-processes web-1 --sort memory',
      "<%= config.bin %> list-processes 'web-*' --filter php-fpm --most 5",
    ],
  },

  async run({ sort, filter, most }, context) {
    const { exec, stdout } = await allOutput(context, PROCESS_SCRIPT);
    const all = parseProcesses(stdout);
    if (all.length === 0) return { exec };
    const matching = all.filter((one) => filter === undefined || `${one.command}\n${one.user}`.includes(filter));
    const processes = matching
      .map((one) => withSortValue(one, sort))
      .toSorted((one, other) => other.sort_value - one.sort_value)
      .slice(0, most);
    const data = { processes, matching: matching.length, total: all.length };
    return { output: listText(data, filter), data };
  },
});

function withSortValue(one: Process, sort: 'cpu' | 'memory'): ProcessRow {
  return { ...one, sort_value: sort === 'cpu' ? one.cpu_percent : one.memory_bytes };
}

function listText({ processes, matching, total }: ProcessList, filter: string | undefined): string {
  if (processes.length === 0) return `None of ${total} processes has ${JSON.stringify(filter)} in its command line.`;
  const columns = ['pid', 'user', 'cpu_percent', 'memory', 'elapsed', 'state', 'command'] as const;
  return dataTable(processes, columns, matching - processes.length);
}
