import {
  defineTool,
  detached,
  DETACHED_FAULTS,
  inEnvironment,
  inFolder,
  MOST_JOBS,
  rawShell,
  ServonautError,
  z,
  type ExecResult,
  type ShellCommand,
} from '@servonaut/plugin-sdk';

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
    'Starts a shell command on one server that goes on by itself, and returns its id at once: it survives the end of this call, of the SSH connection and of the executor, though not a restart of the server. Use it for what takes longer than a call may, such as backups, builds and migrations; prefer run_command for what ends within minutes. Follow it by job_status and job_output, end it by stop_job. /bin/sh reads the command, in the home folder unless cwd says otherwise; its input is empty and there is no terminal, so use flags such as -y. Of each of stdout and stderr the newest 8 MiB at least are kept, and forgotten keep_hours after the end. Each call starts another job. There is no sudo here: where sudo needs no password, put sudo -n into the command; stop_job cannot stop what runs as root. The operator decides what may run, as for run_command.',
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
    name: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected letters, digits and ._-')
      .optional()
      .describe('What to show for it in lists: up to 64 letters, digits and ._-.'),
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
    const job = { id, owner: context.caller, name, keepHours };
    const exec = await context.exec(detached(inFolder(withEnv(command, env), cwd), job));
    if (exec.exitCode !== 0) throw notStarted(exec, context.server.name);
    return { data: { job: id, name }, output: `Job ${id} has started. See job_status and job_output.` };
  },
});

/** As it runs and as the policy reads it. */
function withEnv(command: string, env: Readonly<Record<string, string>> = {}): ShellCommand {
  return inEnvironment(rawShell(command), env);
}

function notStarted({ exitCode, stderr, timedOut }: ExecResult, server: string): ServonautError {
  if (timedOut || exitCode === DETACHED_FAULTS.notStarted)
    return new ServonautError('tool_failed', {
      message: `The job did not begin on ${server} in time; it may yet.`,
      nextStep: 'Look with job_status before you start it again.',
    });
  return new ServonautError('tool_failed', { message: `The job was not started: ${reason(exitCode, stderr, server)}` });
}

function reason(exitCode: number | null, stderr: string, server: string): string {
  if (exitCode === DETACHED_FAULTS.noSession) return `${server} has none of setsid, perl and daemon.`;
  if (exitCode === DETACHED_FAULTS.tooMany)
    return `${MOST_JOBS} jobs run or are kept on ${server}. They are forgotten keep_hours after their end, when another one starts.`;
  return stderr.trim().slice(0, 500) || `its folder could not be made on ${server}.`;
}
