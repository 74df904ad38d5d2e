import { dataTable, defineTool, sh, z } from '@servonaut/plugin-sdk';
import { allOutput } from '@servonaut/plugin-sdk/plain-output';
import { containerRowSchema, parseContainers, ROW_FORMAT } from './container-row.ts';
import { refuseWithoutRuntime, runtimeSchema, withRuntime } from './runtime.ts';

export const listContainers = defineTool({
  name: 'list_containers',
  title: 'List containers',
  description:
    'Returns the containers of a server, those that do not run first: name, image, state, health, exit code and ports, of docker, podman or nerdctl. Use it to find the name of a container, and to see which have ended or are unhealthy; then container_logs for the reason. It reads only. It shows what the SSH user may see: of podman their own containers, of docker none without the right to use it (then run_command with sudo). For pods of Kubernetes use run_command with kubectl.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    filter: z.string().min(1).max(256).optional().describe('Only those whose name or image contains this text.'),
    most: z.int().min(1).max(500).default(50).describe('How many.'),
    runtime: runtimeSchema,
  }),
  data: z.object({ containers: z.array(containerRowSchema), matching: z.int().min(0) }),
  combine: {
    rows: 'containers',
    order: [
      { by: 'running', direction: 'ascending' },
      { by: 'name', direction: 'ascending' },
    ],
    columns: ['name', 'image', 'status', 'ports'],
  },
  cli: {
    examples: ['<%= config.bin %> list-containers web-1', "<%= config.bin %> list-containers 'web-*' --filter nginx"],
  },

  async run({ filter, most, runtime }, context) {
    const { exec, stdout } = await allOutput(
      context,
      withRuntime(runtime, (program) => sh`${program} ps --all --format ${ROW_FORMAT}`),
    );
    refuseWithoutRuntime(exec, runtime, context.server.name);
    if (exec.exitCode !== 0) return { exec };
    const matching = parseContainers(stdout)
      .filter(({ name, image }) => filter === undefined || `${name}\n${image}`.includes(filter))
      .toSorted(
        (one, other) => Number(one.running) - Number(other.running) || one.name.localeCompare(other.name, 'en'),
      );
    const containers = matching.slice(0, most);
    const output =
      containers.length === 0
        ? 'No containers.'
        : dataTable(containers, ['name', 'image', 'status', 'ports'], matching.length - containers.length);
    return { output, data: { containers, matching: matching.length } };
  },
});
