import { defineTool, z } from '@servonaut/plugin-sdk';
import { hostStatus } from '@servonaut/plugin-sdk/host-facts';
import { healthText } from './health-text.ts';
import { healthOf, healthSchema } from './health.ts';

export const fleetHealth = defineTool({
  name: 'fleet_health',
  title: 'Health of many servers',
  description:
    'Returns one table of how servers are, the worst first: score (0 to 100), load for each core, memory, swap, the fullest disk, failed services, uptime, and in words what is wrong. Use it with servers (such as ["*"] or ["label:role=web"]) to find out where to look in a fleet, or which server a trouble is on. A server that cannot be reached is a row with score 0 and the reason, not an error. It reads only, with one command on each server. For one server use check_status, or get_server_info for all figures; then disk_usage, list_processes or get_logs for the reason.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({}),
  data: healthSchema,
  combine: {
    order: [{ by: 'score', direction: 'ascending' }],
    columns: [
      'score',
      'load_per_core',
      'memory_percent',
      'swap_percent',
      'disk_percent',
      'failed_units',
      'uptime',
      'troubles',
    ],
    most: 200,
  },
  cli: {
    examples: ["<%= config.bin %> fleet-health '*'", '<%= config.bin %> fleet-health label:role=web --max-parallel 8'],
  },

  async run(_input, context) {
    const health = healthOf(await hostStatus(context));
    return { output: healthText(context.server.name, health), data: health };
  },
});
