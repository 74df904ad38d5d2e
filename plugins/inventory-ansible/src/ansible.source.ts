import { isAbsolute, join } from 'node:path';
import {
  defineInventorySource,
  foundServerSchema,
  z,
  type FoundServer,
  type SourceContext,
} from '@servonaut/plugin-sdk';
import { HostVariables } from './host-variables.ts';
import { readInventoryFiles } from './inventory-files.ts';
import { jumpOf } from './ssh-arguments.ts';

/** Ways to a host that are SSH. */
const OVER_SSH = ['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'ansible.builtin.ssh', 'ansible.builtin.paramiko_ssh'];

/** So many hosts are made servers in one go: everything else has its turn in between. */
const AT_A_TIME = 100;

/** Most hosts that one warning names. */
const MOST_NAMED = 5;

function keyFile(written: string | undefined, folder: string): string | undefined {
  if (written === undefined || written.startsWith('~') || isAbsolute(written)) return written;
  return join(folder, written);
}

function withoutNothing<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function listed(hosts: readonly string[]): string {
  const more = hosts.length > MOST_NAMED ? ` and ${hosts.length - MOST_NAMED} more` : '';
  return hosts.slice(0, MOST_NAMED).join(', ') + more;
}

/** @throws Error saying why it cannot be reached */
function found(host: string, groups: readonly string[], variables: HostVariables, folder: string): FoundServer {
  const connection = variables.text('ansible_connection') ?? 'ssh';
  if (!OVER_SSH.includes(connection)) throw new Error(`its connection is ${connection}`);
  const port = variables.text('ansible_port', 'ansible_ssh_port');
  const sshArguments = ['ansible_ssh_common_args', 'ansible_ssh_extra_args'].map((name) => variables.text(name) ?? '');
  const place = {
    host: variables.text('ansible_host', 'ansible_ssh_host'),
    port: port === undefined ? undefined : Number(port),
    user: variables.text('ansible_user', 'ansible_ssh_user'),
    identityFile: keyFile(variables.text('ansible_ssh_private_key_file', 'ansible_private_key_file'), folder),
    jump: jumpOf(sshArguments.join(' ')),
  };
  const labels = Object.fromEntries(
    groups.filter((group) => group !== 'ungrouped').map((group) => [`group.${group}`, 'true']),
  );
  const server = foundServerSchema.safeParse({ name: host, labels, ...withoutNothing(place) });
  if (!server.success) throw new Error(z.prettifyError(server.error));
  return server.data;
}

function labelled(variables: HostVariables, names: readonly string[]): Record<string, string> {
  const labels = names.map((name) => {
    try {
      return [name, variables.text(name)] as const;
    } catch {
      // It is no text, or a template: there is no label then.
      return [name, undefined] as const;
    }
  });
  return withoutNothing(Object.fromEntries(labels)) as Record<string, string>;
}

/** The hosts of an Ansible inventory, as Ansible would reach them over SSH. Programs and plugins of Ansible are not run. */
export const ansibleSource = defineInventorySource({
  kind: 'ansible',
  options: z.object({
    /** An inventory in INI or YAML, or a folder of them; `group_vars` and `host_vars` next to it count. */
    path: z.string().min(1).max(4_096),
    /** Variables of hosts that become labels. Those of Ansible's own tell where a host is. */
    label_vars: z
      .array(
        z
          .string()
          .regex(
            /^(?!ansible_)[A-Za-z_][A-Za-z0-9_]*$/,
            'expected the name of a variable that is not one of Ansible’s own',
          ),
      )
      .default([]),
  }),

  async list({ path, label_vars: labelVariables }, context: SourceContext) {
    const { model, files, folder } = await readInventoryFiles(context.path(path), context);
    const leftOut = new Map<string, string[]>();
    const servers: FoundServer[] = [];
    for (const [index, host] of [...model.hosts.keys()].entries()) {
      if (index % AT_A_TIME === 0) await new Promise((resolve) => setImmediate(resolve));
      context.signal.throwIfAborted();
      try {
        const variables = new HostVariables(host, folder, model, files);
        const server = found(host, model.groupsOf(host), variables, folder);
        servers.push({ ...server, labels: { ...server.labels, ...labelled(variables, labelVariables) } });
      } catch (error) {
        const { message } = error as Error;
        const others = leftOut.get(message);
        if (others) others.push(host);
        else leftOut.set(message, [host]);
      }
    }
    for (const [why, hosts] of leftOut) context.warn(`${listed(hosts)} left out: ${why}.`);
    return servers;
  },
});
