import { join } from 'node:path';
import type { ServerEntry } from '@servonaut/contracts';
import { didYouMean, ServonautError } from '@servonaut/contracts';
import { expandHome } from './home-path.ts';
import { foundServer, inventoryEntries } from './inventory-entries.ts';
import { toServerEntry, type Server, type SshTarget, type StrategyWish } from './server.ts';
import { ServersFile } from './servers-file.ts';
import type { FittedServer } from './sources/fit-servers.ts';
import { FoundServers, type SourceState } from './sources/found-servers.ts';
import { SourceCache } from './sources/source-cache.ts';
import { SshConfig, type SshConfigOptions } from './ssh-config.ts';
import { targetFromOptions, type OperatorAccount } from './ssh-options.ts';
import { sshTarget } from './ssh-targets.ts';

function unknownServer(name: string, known: readonly ServerEntry[] = []): ServonautError {
  const meant = didYouMean(
    name,
    known.map((server) => server.name),
  );
  return new ServonautError('unknown_server', {
    message: `There is no server "${name}".${meant}`,
    nextStep: 'Run "servonaut servers list", or call list_servers, for the names.',
  });
}

/** The servers that an operator has, as they were when it was loaded. */
export class Inventory {
  readonly servers: readonly Server[];
  /** What the coordinator may know. */
  readonly entries: readonly ServerEntry[];
  /** What the sources of servers.yaml brought. */
  readonly sources: readonly SourceState[];
  /** What is not offered under the name that it might have, and why. For the operator alone. */
  readonly warnings: readonly string[];
  readonly #byName: ReadonlyMap<string, Server>;

  constructor(servers: readonly Server[], sources: readonly SourceState[] = [], warnings: readonly string[] = []) {
    this.servers = servers;
    this.sources = sources;
    this.warnings = warnings;
    this.entries = servers.map(toServerEntry);
    this.#byName = new Map(servers.map((server) => [server.name, server]));
  }

  /**
   * @param known of which whoever asks may hear which it may have meant
   * @throws ServonautError `unknown_server`
   */
  get(name: string, known: readonly ServerEntry[] = this.entries): Server {
    const server = this.#byName.get(name);
    if (!server) throw unknownServer(name, known);
    return server;
  }
}

export interface InventorySources {
  /** Folder of `servers.yaml`. */
  readonly configDir: string;
  readonly account: OperatorAccount;
  /** Another file than `~/.ssh/config`. */
  readonly sshConfigPath?: string | undefined;
  /** Bounds for asking `ssh -G`. */
  readonly sshConfig?: Pick<SshConfigOptions, 'timeoutMs' | 'parallel'>;
  /** How commands get to servers of which `servers.yaml` does not say it; `auto` without it. */
  readonly strategy?: StrategyWish | undefined;
  /** Where what the sources of `servers.yaml` found is kept; without it they bring nothing. */
  readonly cacheDir?: string | undefined;
}

interface InventoryFiles {
  readonly serversFile: ServersFile;
  readonly found: FoundServers | undefined;
  readonly config: SshConfig;
  readonly account: OperatorAccount;
  readonly strategy: StrategyWish;
}

/** What is known of a server besides ssh_config, from servers.yaml or from a source. */
type Place = Pick<FittedServer, 'host' | 'port' | 'user' | 'identityFile' | 'jump'> & {
  readonly strategy?: StrategyWish | undefined;
};

function withKeys(target: SshTarget, files: Place['identityFile'], home: string): SshTarget {
  return files === undefined
    ? target
    : { ...target, identityFiles: [files].flat().map((file) => expandHome(file, home)) };
}

/** What ssh(1) is asked for, and what is known better. */
async function describedPlace(name: string, files: InventoryFiles): Promise<{ asked: string; place: Place }> {
  const [sshNames, { servers, sources }] = await Promise.all([files.config.names(), files.serversFile.read()]);
  const isInSshConfig = sshNames.includes(name);
  const entry = servers.find((candidate) => candidate.name === name);
  if (entry) {
    const { host, port, user, identity_file: identityFile, strategy } = entry;
    return { asked: isInSshConfig ? name : (host ?? name), place: { host, port, user, identityFile, strategy } };
  }
  const found = foundServer(name, { sshNames, sources: (await files.found?.of(sources)) ?? [] });
  if (found) return { asked: isInSshConfig ? name : (found.host ?? found.asked), place: found };
  if (isInSshConfig) return { asked: name, place: {} };
  throw unknownServer(name);
}

/**
 * Reads the files as they are now, so that a server which was repointed since the inventory was loaded is not reached where it was. What
 * `servers.yaml` or a source does not say is as ssh(1) would have it: for the name when ssh_config has it, otherwise for the host.
 */
async function currentTarget(name: string, files: InventoryFiles, isWarm: boolean): Promise<SshTarget> {
  const { asked, place } = await describedPlace(name, files);
  const { host, port, user, jump, strategy = files.strategy } = place;
  // Nothing of ssh_config concerns it.
  if (strategy === 'local') return { ...targetFromOptions(name, new Map(), files.account), strategy };
  const target = await sshTarget(name, { destination: asked, host, port, user, jump }, { ...files, isWarm });
  return { ...withKeys(target, place.identityFile, files.account.home), strategy };
}

/**
 * Servers of `servers.yaml`, of ssh_config and of what the sources of `servers.yaml` found the last time. A name that is in the first two is the file's,
 * with ssh_config filling what it leaves out.
 * @throws ServonautError `config_invalid`
 */
export async function loadInventory(from: InventorySources): Promise<Inventory> {
  const { configDir, sshConfigPath, cacheDir } = from;
  const account = { ...from.account, sshConfigPath };
  const config = new SshConfig({ account, path: sshConfigPath, ...from.sshConfig });
  const serversFile = new ServersFile(join(configDir, 'servers.yaml'));
  const found = cacheDir === undefined ? undefined : new FoundServers(new SourceCache(cacheDir));
  const files = { serversFile, found, config, account, strategy: from.strategy ?? 'auto' };
  const [sshNames, sshAliases, content] = await Promise.all([config.names(), config.aliases(), serversFile.read()]);
  const sources = (await found?.of(content.sources)) ?? [];
  const { entries, warnings } = inventoryEntries({ inServersFile: content.servers, sshNames, sshAliases, sources });
  const servers = entries.map((entry) => ({
    ...entry,
    target: (isWarm = false) => currentTarget(entry.name, files, isWarm),
  }));
  return new Inventory(servers, sources, [...sources.flatMap((source) => source.warnings), ...warnings]);
}
