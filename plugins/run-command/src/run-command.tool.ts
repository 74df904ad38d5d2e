import { defineTool, inEnvironment, inFolder, rawShell, z, type ShellCommand } from '@servonaut/plugin-sdk';

/** Characters; the limit of the wire. Longer work belongs into a file on the server. */
const LONGEST_COMMAND = 65_536;
/** Characters of input; longer ones belong into a file on the server, too. */
const LONGEST_STDIN = 262_144;
/** Variables of one call, and characters of the value of one. */
const MOST_VARIABLES = 64;
const LONGEST_VALUE = 4_096;

export const runCommand = defineTool({
  name: 'run_command',
  title: 'Run a command',
  description:
    'Runs a shell command on one server and returns its stdout, stderr and exit code. Use it for whatever no other tool does; prefer get_logs for logs, get_server_info for figures and check_status for "is it up". The command is read as it is by a shell of its own, so pipes, redirections and && work: by the login shell where that is sh, bash, dash or ash, otherwise by /bin/sh; write for sh. Each call starts in the home folder, so cd and variables do not last: give cwd and env. There is no terminal, and no input but stdin: use flags such as -y, and do not start editors, pagers or anything that asks. What does not end within timeout_seconds is stopped, its children too; start long work with start_job. A non-zero exit code is an answer, not an error of the tool. The operator decides what may run and may refuse.',
  target: 'server',
  effect: 'privileged',
  input: z.object({
    command: z
      .string()
      .min(1)
      .max(LONGEST_COMMAND)
      .regex(/\S/, 'expected a command')
      .describe('The command line, as typed into sh. Quote values in it yourself.'),
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
      .describe(
        'Variables to set for the command, by name. No secrets: other users of the server can see them. The operator may refuse those that change which programs run, such as PATH.',
      ),
    stdin: z
      .string()
      .max(LONGEST_STDIN)
      .optional()
      .describe('Text that the command reads from its standard input, which is empty by default.'),
    sudo: z
      .boolean()
      .default(false)
      .describe(
        'Run it as root by sudo. Use this in place of sudo in the command, which cannot ask for a password. Works where the operator allows it.',
      ),
  }),
  cli: {
    rest: 'command',
    stdin: 'stdin',
    examples: [
      '<%= config.bin %> run-command web-1 -- uptime',
      '<%= config.bin %> run-command web-1 --cwd /srv/app -- git log -1',
      '<%= config.bin %> run-command web-1 --sudo -- systemctl restart nginx',
      '<%= config.bin %> run-command web-1 --env TZ=UTC -- date',
      '<%= config.bin %> run-command web-1 --stdin - -- sort < names.txt',
      "<%= config.bin %> run-command 'web-*' label:role=db --max-parallel 4 -- uptime",
    ],
  },

  commands: ({ command, cwd, env, sudo }) => [{ text: withEnv(command, env).text, sudo, directory: cwd }],

  async run({ command, cwd, env, stdin, sudo }, context) {
    return {
      exec: await context.exec(inFolder(withEnv(command, env), cwd), {
        stream: true,
        sudo,
        ...(stdin !== undefined && { stdin }),
      }),
    };
  },
});

/** As it runs and as the policy reads it. */
function withEnv(command: string, env: Readonly<Record<string, string>> = {}): ShellCommand {
  return inEnvironment(rawShell(command), env);
}
