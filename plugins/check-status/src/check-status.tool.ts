import { defineTool, ServonautError, sh, z, type ExecResult } from '@servonaut/plugin-sdk';
import { HOST_FACTS_SCRIPT } from '@servonaut/plugin-sdk/host-facts';
import { statusText } from './status-text.ts';
import { parseStatus, statusSchema, unreachable, type Status } from './status.ts';

/** Where systemd runs; elsewhere the section stays away. `is-system-running` would answer "offline" in a container. */
const FAILED_UNITS = sh`if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
  echo '[systemd]'; systemctl list-units --state=failed --no-legend --plain --no-pager 2>/dev/null | cut -d ' ' -f 1
fi`;

/** Its own line for the units, since the figures' script ends with `exit`. */
const STATUS_SCRIPT = sh`${FAILED_UNITS}
${HOST_FACTS_SCRIPT}`;

/** What says that a server cannot be reached, rather than that the call itself went wrong. */
const NOT_REACHED = new Set([
  'server_unreachable',
  'connect_timeout',
  'connection_lost',
  'host_key_unknown',
  'host_key_changed',
  'ssh_auth_failed',
  'ssh_config_unsupported',
]);

export const checkStatus = defineTool({
  name: 'check_status',
  title: 'Check status',
  description:
    'Checks whether one server is up and well: reachable over SSH and how fast, load, uptime, failed systemd units and disks over 90 % full. Use it first when something seems down, and after a change or a restart. A server that cannot be reached is a normal answer (reachable: false) that says why. It reads only. It does not check web sites, ports or single applications: use run_command (for example with curl or systemctl status NAME) for those, get_server_info for all figures and get_logs for the reasons.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({}),
  data: statusSchema,
  cli: { examples: ['<%= config.bin %> check-status web-1'] },

  async run(_input, context) {
    const status = await statusOf(() => context.exec(STATUS_SCRIPT));
    return { output: statusText(context.server.name, status), data: status };
  },
});

async function statusOf(exec: () => Promise<ExecResult>): Promise<Status> {
  try {
    return parseStatus(await exec());
  } catch (error) {
    if (error instanceof ServonautError && NOT_REACHED.has(error.code))
      return unreachable(error.code, `${error.message} ${error.nextStep}`);
    throw error;
  }
}
