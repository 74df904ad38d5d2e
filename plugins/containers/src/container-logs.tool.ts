import { defineTool, sh, z, type ShellCommand } from '@servonaut/plugin-sdk';
import { refuseWithoutRuntime, runtimeSchema, withRuntime } from './runtime.ts';

const inputSchema = z.object({
  container: z
    .string()
    .max(256)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expected the name or the id of a container')
    .describe('Name or id of a container, as list_containers gives it.'),
  lines: z.int().min(1).max(10_000).default(100).describe('How many of the last lines.'),
  since: z
    .string()
    .max(64)
    .regex(/^[0-9A-Za-z][0-9A-Za-z:.+-]*$/, 'expected a time such as 2026-11-22T10:00:00Z or 10m')
    .optional()
    .describe('Only lines from then on: a time ("2026-11-22T10:00:00Z") or how long ago ("10m", "2h").'),
  grep: z
    .string()
    .min(1)
    .max(1_024)
    .regex(/^[^\n\r]+$/, 'expected one line')
    .optional()
    .describe('Only lines that contain this text, upper and lower case as given.'),
  runtime: runtimeSchema,
});

export const containerLogs = defineTool({
  name: 'container_logs',
  title: 'Logs of a container',
  description:
    'Returns the last lines that one container on a server has written, its stdout and its stderr together, each with its time, from docker, podman or nerdctl; narrowed by since, and by grep (plain text, not a regular expression; the last matching lines are returned). Use it to find out why a container has ended or is unhealthy: list_containers has the names. It reads only and never follows. For logs in files or in the journal, and to have the logs of many put together, use get_logs.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: inputSchema,
  cli: {
    examples: [
      '<%= config.bin %> container-logs web-1 --container api --since 10m',
      '<%= config.bin %> container-logs web-1 --container api --grep error --lines 20',
    ],
  },

  async run(input, context) {
    const exec = await context.exec(withRuntime(input.runtime, (program) => logsOf(program, input)));
    refuseWithoutRuntime(exec, input.runtime, context.server.name);
    if (exec.exitCode !== 0 || exec.stdoutBytes > 0) return { exec };
    const narrowed = input.grep === undefined && input.since === undefined ? '' : ' that fit';
    return { exec, output: `The container ${input.container} has written no lines${narrowed}.` };
  },
});

/** It is looked for first, so that what the runtime says of one that is not there does not pass for its log. */
function logsOf(program: ShellCommand, { container, lines, since, grep }: z.output<typeof inputSchema>): ShellCommand {
  const from = since === undefined ? [] : ['--since', since];
  const found = sh`${program} inspect --format ${'{{.Id}}'} ${container} >/dev/null || exit`;
  if (grep === undefined)
    return sh`${found}
${program} logs --timestamps ${from} --tail ${lines} ${container} 2>&1`;
  return sh`${found}
text=; if printf x | grep -aqF x 2>/dev/null; then text=-a; fi
${program} logs --timestamps ${from} ${container} 2>&1 | grep $text -F -e ${grep} | tail -n ${lines}`;
}
