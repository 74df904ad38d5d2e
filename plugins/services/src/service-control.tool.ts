import { defineTool, z } from '@servonaut/plugin-sdk';
import { ACTIONS, controlScript, type Action } from './control-script.ts';
import { serviceStateSchema } from './service-state-schema.ts';
import { NO_MANAGER, parseServiceState } from './service-state.ts';
import { serviceNameSchema } from './service-name.ts';
import { stateText } from './state-text.ts';

const DONE: Readonly<Record<Action, string>> = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  reload: 'reloaded',
  enable: 'enabled',
  disable: 'disabled',
};

export const serviceControl = defineTool({
  name: 'service_control',
  title: 'Control a service',
  description:
    'Starts, stops, restarts or reloads one service on a server, or has it start with the server (enable) or not (disable; neither starts nor stops it now). Answers how the service is afterwards: look at state, since a service may end just after it was started, and ask service_status again when it is changing. Prefer reload to restart where the service can read its configuration again, and test a changed configuration first (run_command, such as nginx -t). To try it on some servers first use servers with max_parallel 1 and stop_on_error. It works with systemd, OpenRC, BSD and SysV, and needs root: give sudo unless the SSH user is root. For containers use run_command.',
  target: 'server',
  effect: 'privileged',
  input: z.object({
    name: serviceNameSchema,
    action: z.enum(ACTIONS).describe('What is done with it.'),
    sudo: z.boolean().default(false).describe('Do it as root by sudo. Works where the operator allows it.'),
  }),
  data: serviceStateSchema,
  combine: {
    order: [
      { by: 'running', direction: 'ascending' },
      { by: 'state', direction: 'ascending' },
    ],
    columns: ['state', 'detail', 'since', 'pid', 'enabled'],
  },
  cli: {
    examples: [
      '<%= config.bin %> service-control web-1 --name nginx --action reload --sudo',
      "<%= config.bin %> service-control 'web-*' --name nginx --action restart --sudo --max-parallel 1 --stop-on-error",
    ],
  },

  async run({ name, action, sudo }, context) {
    const server = context.server.name;
    const exec = await context.exec(controlScript(name, action), { sudo });
    // What systemctl and the others say of a service that they do not know, or that does not start, says more than a status.
    if (exec.timedOut || ![0, NO_MANAGER].includes(exec.exitCode ?? -1)) return { exec };
    const data = parseServiceState(exec, name, server);
    const said = exec.stderr.trim();
    return { output: [`${DONE[action]}. ${stateText(server, data)}`, ...(said ? [said] : [])].join('\n'), data };
  },
});
