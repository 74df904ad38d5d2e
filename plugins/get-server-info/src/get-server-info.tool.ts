import { defineTool, z, type ExecResult } from '@servonaut/plugin-sdk';
import { HOST_FACTS_SCRIPT, hostFactsSchema, parseHostFacts } from '@servonaut/plugin-sdk/host-facts';
import { infoText } from './info-text.ts';

export const getServerInfo = defineTool({
  name: 'get_server_info',
  title: 'Get server information',
  description:
    'Returns what one server is and how full it is right now: operating system, kernel, architecture, CPUs, load, memory, swap, local disks, uptime and how many users are logged in. Use it before you plan work on a server you do not know, or to see whether it is short of memory or disk. It reads only and takes well under a second. To ask just whether a server is up and healthy use check_status; for processes, services or packages use run_command.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({}),
  data: hostFactsSchema,
  cli: { examples: ['<%= config.bin %> get-server-info web-1'] },

  async run(_input, context) {
    const exec = await context.exec(HOST_FACTS_SCRIPT);
    if (!answered(exec)) return { exec };
    const facts = parseHostFacts(exec.stdout);
    return { output: infoText(context.server.name, facts), data: facts };
  },
});

/** A login shell that is no shell, or a run that was stopped, gives no figures: what it did print says more. */
function answered({ exitCode, stdout }: ExecResult): boolean {
  return exitCode === 0 && stdout.includes('[uname]');
}
