import {
  defineTool,
  detached,
  DETACHED_FAULTS,
  inEnvironment,
  inFolder,
  rawShell,
  ServonautError,
  z,
  type ExecResult,
  type ShellCommand,
  type ToolContext,
} from '@servonaut/plugin-sdk';
import { jobNameSchema } from './job-id.ts';

/** Characters. Quotes in it take more on the server, where 128 KiB is the limit of one argument. */
const LONGEST_COMMAND = 32_768;
const MOST_VARIABLES = 64;
const LONGEST_VALUE = 4_096;
/** Thirty days. */
const LONGEST_KEPT_HOURS = 720;

export const startJob = defineTool({
  name: 'start_job',
  title: 'Start a job',
  description:
    'Starts a shell command on one server that goes on by itself, and returns the id of the job at once: it survives the end of this call, of the SSH connection and of the executor, but no restart of the server. Use it for what takes longer than a call may, such as backups, builds and migrations; prefer run_command for what ends within minutes. Follow it with job_status and job_output, end it with stop_job. /bin/sh reads the command, in the home folder unless cwd says otherwise; its input is empty and there is no terminal, so use flags such as -y. The newest 8 MiB at least of each of stdout and stderr are kept, for keep_hours after the end. Each call starts another job; how many of yours may run on a server at once is limited. There is no sudo: for long work as root use run_command with sudo and systemd-run --unit=NAME, then service_status and get_logs. The operator decides what may run, as for run_command.',
  target: 'server',
  effect: 'privileged',
  input: z.object({
    command: z
      .string()
      .min(1)
      .max(LONGEST_COMMAND)
      .regex(/\S/, 'expected a command')
      .describe('The command line, as typed into sh. Quote values in it yourself. Needs no nohup and no &.'),
    cwd: z
      .string()
      .min(1)
      .max(4_096)
      .startsWith('/', 'expected an absolute path')
      .optional()
      .describe('Absolute path of the folder to run in; the home folder by default.'),
    env: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'expected the name of a variable'),
        z.string().max(LONGEST_VALUE),
      )
      .refine(
        (variables) => Object.keys(variables).length <= MOST_VARIABLES,
        `expected at most ${MOST_VARIABLES} variables`,
      )
      .optional()
      .describe('Variables to set for the command, by name. No secrets: other users of the server can see them.'),
    name: jobNameSchema.optional().describe('What to show for it in lists: up to 64 letters, digits and ._-.'),
    keep_hours: z
      .int()
      .min(1)
      .max(LONGEST_KEPT_HOURS)
      .default(24)
      .describe('For how many hours after its end its state and output are kept on the server.'),
  }),
  data: z.object({ job: z.string(), name: z.string() }),
  cli: {
    rest: 'command',
    examples: [
      '<%= config.bin %> start-job web-1 --name backup -- pg_dump -f /srv/app.sql app',
      '<%= config.bin %> start-job web-1 --cwd /srv/app --keep-hours 72 -- make all',
    ],
  },

  commands: ({ command, cwd, env }) => [{ text: withEnv(command, env).text, directory: cwd, detached: true }],

  async run({ command, cwd, env, name = '', keep_hours: keepHours }, context) {
    const id = crypto.getRandomValues(Buffer.alloc(16)).toString('hex');
    const { caller: owner, mostJobs: mostRunning } = context;
    const job = { id, owner, name, keepHours, mostRunning };
    const exec = await context.exec(detached(inFolder(withEnv(command, env), cwd), job));
    if (exec.exitCode !== 0) throw notStarted(exec, context);
    return { data: { job: id, name }, output: `Job ${id} has started. See job_status and job_output.` };
  },
});

/** As it runs and as the policy reads it. */
function withEnv(command: string, env: Readonly<Record<string, string>> = {}): ShellCommand {
  return inEnvironment(rawShell(command), env);
}

function notStarted({ exitCode, stderr, timedOut }: ExecResult, context: ToolContext): ServonautError {
  const server = context.server.name;
  if (exitCode === DETACHED_FAULTS.tooMany)
    return new ServonautError('too_many_requests', {
      message: `${context.mostJobs} jobs of yours run on ${server}, and no more may (jobs_per_caller). None was started.`,
      nextStep: 'Wait for one to end (job_status), or end one with stop_job.',
    });
  if (timedOut || exitCode === DETACHED_FAULTS.notStarted)
    return new ServonautError('tool_failed', {
      message: `The job did not begin on ${server} in time; it may yet.`,
      nextStep: 'Look with job_status before you start it again.',
    });
  return new ServonautError('tool_failed', { message: `The job was not started: ${reason(exitCode, stderr, server)}` });
}

function reason(exitCode: number | null, stderr: string, server: string): string {
  if (exitCode === DETACHED_FAULTS.noSession) return `${server} has none of setsid, perl and daemon.`;
  return stderr.trim().slice(0, 500) || `its folder could not be made on ${server}.`;
}
