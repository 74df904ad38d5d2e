import { defineTool, z } from '@servonaut/plugin-sdk';
import { hostStatus } from '@servonaut/plugin-sdk/host-facts';
import { statusText } from './status-text.ts';
import { statusOf, statusSchema } from './status.ts';

export const checkStatus = defineTool({
  name: 'check_status',
  title: 'Check status',
  description:
    'Checks whether one server is up and well: reachable over SSH and how fast, load, uptime, failed services (systemd, OpenRC) and disks over 90 % full. Use it first when something seems down, and after a change or a restart. A server that cannot be reached is a normal answer (reachable: false) that says why. It reads only. It does not check web sites, ports or single applications: use run_command (for example with curl) or service_status for those, fleet_health to compare servers, get_server_info for all figures and get_logs for the reasons.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({}),
  data: statusSchema,
  cli: { examples: ['<%= config.bin %> check-status web-1'] },

  async run(_input, context) {
    const status = statusOf(await hostStatus(context));
    return { output: statusText(context.server.name, status), data: status };
  },
});
