import { join } from 'node:path';
import type { ServerEntry } from '@servonaut/contracts';
import { ServonautError } from '@servonaut/contracts';
import { expandHome } from './home-path.ts';
import { toServerEntry, type Server, type SshTarget } from './server.ts';
import { ServersFile, type ServersFileEntry } from './servers-file.ts';
import { checkSupported } from './ssh-config-options.ts';
import { SshConfig } from './ssh-config.ts';
import { targetFromOptions, type OperatorAccount } from './ssh-options.ts';

function unknownServer(name: string): ServonautError {
  return new ServonautError('unknown_server', {
    message: `There is no server "${name}".`,
    nextStep: 'Run "servonaut servers list", or call list_servers, for the names.',
  });
}

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
    if (!server) throw unknownServer(name);
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

interface InventoryFiles {
  readonly serversFile: ServersFile;
  readonly config: SshConfig;
  readonly account: OperatorAccount;
}

function overridden(target: SshTarget, entry: ServersFileEntry, home: string): SshTarget {
  const { host = target.host, port = target.port, user = target.user, identity_file: files } = entry;
  const identityFiles =
    files === undefined ? target.identityFiles : [files].flat().map((file) => expandHome(file, home));
  return { ...target, host, port, user, identityFiles };
}

/**
 * Reads the files as they are now, so that a server which was repointed since the inventory was loaded is not reached where it was. What
 * `servers.yaml` does not say is as ssh(1) would have it: for the name when ssh_config has it, otherwise for the host.
 */
async function currentTarget(name: string, { serversFile, config, account }: InventoryFiles): Promise<SshTarget> {
  const [names, entries] = await Promise.all([config.names(), serversFile.read()]);
  const entry = entries.find((candidate) => candidate.name === name);
  const isInSshConfig = names.includes(name);
  if (!entry && !isInSshConfig) throw unknownServer(name);
  const asked = isInSshConfig ? name : (entry?.host ?? name);
  const options = await config.resolve(asked, name);
  checkSupported(name, options);
  const target = targetFromOptions(asked, options, account);
  return entry ? overridden(target, entry, account.home) : target;
}

/**
 * Servers of `servers.yaml` and of ssh_config. A name that is in both is the file's, with ssh_config filling what it leaves out.
 * @throws ServonautError `config_invalid`
 */
export async function loadInventory({ configDir, account, sshConfigPath }: InventorySources): Promise<Inventory> {
  const config = new SshConfig({ home: account.home, path: sshConfigPath });
  const serversFile = new ServersFile(join(configDir, 'servers.yaml'));
  const files = { serversFile, config, account };
  const [aliases, entries] = await Promise.all([config.aliases(), serversFile.read()]);
  const inFile = new Set(entries.map((entry) => entry.name));
  const target = (name: string) => () => currentTarget(name, files);
  return new Inventory([
    ...entries.map(({ name, labels }) => ({ name, labels, source: 'servers.yaml' as const, target: target(name) })),
    ...aliases
      .filter((name) => !inFile.has(name))
      .map((name) => ({ name, labels: {}, source: 'ssh_config' as const, target: target(name) })),
  ]);
}
