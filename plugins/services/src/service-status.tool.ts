import { defineTool, z } from '@servonaut/plugin-sdk';
import { serviceStateSchema } from './service-state-schema.ts';
import { parseServiceState } from './service-state.ts';
import { serviceNameSchema } from './service-name.ts';
import { stateText } from './state-text.ts';
import { statusScript } from './status-script.ts';

export const serviceStatus = defineTool({
  name: 'service_status',
  title: 'Status of a service',
  description:
    'Returns whether one service runs on a server: its state (running, stopped, failed, changing), since when, process, memory, how often it was started again, and whether it starts with the server. Use it when an application does not answer, and after service_control. It works with systemd, OpenRC, BSD and SysV; those other than systemd tell less. It reads only. For the reason of a failure use get_logs with unit; for all failed services check_status; for processes without a service list_processes; for containers list_containers.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({ name: serviceNameSchema }),
  data: serviceStateSchema,
  combine: {
    order: [
      { by: 'running', direction: 'ascending' },
      { by: 'state', direction: 'ascending' },
      { by: 'since', direction: 'descending' },
    ],
    columns: ['state', 'detail', 'since', 'pid', 'restarts', 'enabled'],
  },
  cli: {
    examples: [
      '<%= config.bin %> service-status web-1 --name nginx',
      "<%= config.bin %> service-status 'web-*' --name nginx",
    ],
  },

  async run({ name }, context) {
    const exec = await context.exec(statusScript(name));
    if (exec.timedOut) return { exec };
    const data = parseServiceState(exec, name, context.server.name);
    return { output: stateText(context.server.name, data), data };
  },
});
