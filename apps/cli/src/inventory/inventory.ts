import { join } from 'node:path';
import type { ServerEntry } from '@servonaut/contracts';
import { ServonautError } from '@servonaut/contracts';
import { expandHome } from './home-path.ts';
import { toServerEntry, type Server, type SshTarget } from './server.ts';
import { readServersFile, type ServersFileEntry } from './servers-file.ts';
import { SshConfig } from './ssh-config.ts';
import { targetFromOptions, type OperatorAccount } from './ssh-options.ts';

/** The servers that an operator has, as they were when it was loaded. */
export class Inventory {
  readonly servers: readonly Server[];
  /** What the coordinator may know. */
  readonly entries: readonly ServerEntry[];
  readonly #byName: ReadonlyMap<string, Server>;

  constructor(servers: readonly Server[]) {
    this.servers = servers;
    this.entries = servers.map(toServerEntry);
    this.#byName = new Map(servers.map((server) => [server.name, server]));
  }

  /** @throws ServonautError `unknown_server` */
  get(name: string): Server {
    const server = this.#byName.get(name);
    if (!server) {
      throw new ServonautError('unknown_server', {
        message: `There is no server "${name}".`,
        nextStep: 'Run "servonaut servers list", or call list_servers, for the names.',
      });
    }
    return server;
  }
}

export interface InventorySources {
  /** Folder of `servers.yaml`. */
  readonly configDir: string;
  readonly account: OperatorAccount;
  /** Another file than `~/.ssh/config`. */
  readonly sshConfigPath?: string | undefined;
}

function fromSshConfig(name: string, config: SshConfig, account: OperatorAccount): Server {
  return {
    name,
    labels: {},
    source: 'ssh_config',
    target: async () => targetFromOptions(name, await config.resolve(name), account),
  };
}

function overridden(target: SshTarget, entry: ServersFileEntry, home: string): SshTarget {
  const { host = target.host, port = target.port, user = target.user, identity_file: files } = entry;
  const identityFiles =
    files === undefined ? target.identityFiles : [files].flat().map((file) => expandHome(file, home));
  return { ...target, host, port, user, identityFiles };
}

/** What the file does not say is as ssh(1) would have it: for the name when ssh_config has it, otherwise for the host. */
function fromServersFile(
  entry: ServersFileEntry,
  isInSshConfig: boolean,
  config: SshConfig,
  account: OperatorAccount,
): Server {
  const asked = isInSshConfig ? entry.name : (entry.host ?? entry.name);
  return {
    name: entry.name,
    labels: entry.labels,
    source: 'servers.yaml',
    target: async () => overridden(targetFromOptions(asked, await config.resolve(asked), account), entry, account.home),
  };
}

/**
 * Servers of `servers.yaml` and of ssh_config. A name that is in both is the file's, with ssh_config filling what it leaves out.
 * @throws ServonautError `config_invalid`
 */
export async function loadInventory({ configDir, account, sshConfigPath }: InventorySources): Promise<Inventory> {
  const config = new SshConfig({ home: account.home, path: sshConfigPath });
  const [hosts, entries] = await Promise.all([config.hosts(), readServersFile(join(configDir, 'servers.yaml'))]);
  const inFile = new Set(entries.map((entry) => entry.name));
  return new Inventory([
    ...entries.map((entry) => fromServersFile(entry, hosts.includes(entry.name), config, account)),
    ...hosts.filter((name) => !inFile.has(name)).map((name) => fromSshConfig(name, config, account)),
  ]);
}
