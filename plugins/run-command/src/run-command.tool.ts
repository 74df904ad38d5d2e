import { defineTool, inFolder, rawShell, z } from '@servonaut/plugin-sdk';

/** Characters; the limit of the wire. Longer work belongs into a file on the server. */
const LONGEST_COMMAND = 65_536;

export const runCommand = defineTool({
  name: 'run_command',
  title: 'Run a command',
  description:
    'Runs a shell command on one server and returns its stdout, stderr and exit code. Use it for whatever no other tool does; prefer get_logs for logs, get_server_info for figures and check_status for "is it up". The command is read as it is by a shell of its own, so pipes, redirections and && work: by the login shell where that is sh, bash, dash or ash, otherwise by /bin/sh; write for sh. Each call starts in the home folder, so cd and variables do not last. There is no terminal and no input: use flags such as -y, and do not start editors, pagers or anything that asks. What does not end within timeout_seconds is stopped, its children too; start long work in the background with its output in a file. A non-zero exit code is an answer, not an error of the tool. The operator decides what may run and may refuse.',
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
    sudo: z
      .boolean()
      .default(false)
      .describe(
        'Run it as root by sudo. Use this in place of sudo in the command, which cannot ask for a password. Works where the operator allows it.',
      ),
  }),
  cli: {
    rest: 'command',
    examples: [
      '<%= config.bin %> run-command web-1 -- uptime',
      '<%= config.bin %> run-command web-1 --cwd /srv/app -- git log -1',
      '<%= config.bin %> run-command web-1 --sudo -- systemctl restart nginx',
    ],
  },

  commands: ({ command, cwd, sudo }) => [{ text: command, sudo, directory: cwd }],

  async run({ command, cwd, sudo }, context) {
    return { exec: await context.exec(inFolder(rawShell(command), cwd), { stream: true, sudo }) };
  },
});
