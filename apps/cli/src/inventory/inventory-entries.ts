import { WIRE_LIMITS } from '@servonaut/contracts';
import type { SourceState } from './sources/found-servers.ts';
import type { FittedServer } from './sources/fit-servers.ts';

/** Where the servers of an inventory are described, in the order in which they have a name. */
export interface Described {
  readonly inServersFile: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
  /** Every name of ssh_config. */
  readonly sshNames: readonly string[];
  /** Those of them that may leave this machine. */
  readonly sshAliases: readonly string[];
  readonly sources: readonly SourceState[];
}

export interface InventoryEntry {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: string;
  /** When a source found it; null for what is read as it is now. */
  readonly listedAt: Date | null;
}

export interface Entries {
  readonly entries: readonly InventoryEntry[];
  /** Names that are there more than once, and what is too much. */
  readonly warnings: readonly string[];
}

/** Most names that one warning lists. */
const MOST_NAMED = 5;

/**
 * The server that a source brings under a name which ssh_config has too, when both mean the same machine: the source says nothing of where it is, so
 * that ssh_config does.
 */
export function isReachedBySshConfig({ asked, host, name }: FittedServer): boolean {
  return host === undefined && asked === name;
}

/** The first source that has the name, as all who ask for it must see it. */
export function foundServer(
  name: string,
  { sources, sshNames }: Pick<Described, 'sources' | 'sshNames'>,
): FittedServer | undefined {
  const found = sources.find(({ servers }) => servers.has(name))?.servers.get(name);
  return found && (isReachedBySshConfig(found) || !sshNames.includes(name)) ? found : undefined;
}

function clashes(
  taken: ReadonlyMap<string, string>,
  name: string,
  source: string,
  into: Map<string, string[]>,
): boolean {
  const holder = taken.get(name);
  if (holder === undefined) return false;
  const pair = `${source}: also in ${holder}, which holds`;
  into.set(pair, [...(into.get(pair) ?? []), name]);
  return true;
}

function described(text: string, names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${text}: ${names.slice(0, MOST_NAMED).join(', ')}${more}.`;
}

/** Of what an executor registers with, half is for its servers; they are counted as they are written. */
const MOST_BYTES = WIRE_LIMITS.bodyBytes / 2;

/** The first of the entries that a coordinator takes all at once. */
function registrable(entries: readonly InventoryEntry[]): readonly InventoryEntry[] {
  let bytes = 0;
  const end = entries.findIndex(({ name, labels }, index) => {
    bytes += Buffer.byteLength(JSON.stringify({ name, labels })) + 1;
    return bytes > MOST_BYTES || index === WIRE_LIMITS.serversPerExecutor;
  });
  return end === -1 ? entries : entries.slice(0, end);
}

/** Every name once: that of servers.yaml before one of ssh_config, that before one of a source, and those in their order. A name that is taken is told of. */
export function inventoryEntries({ inServersFile, sshNames, sshAliases, sources }: Described): Entries {
  const taken = new Map(inServersFile.map(({ name }) => [name, 'servers.yaml']));
  const own = inServersFile.map(({ name, labels }) => ({ name, labels, source: 'servers.yaml', listedAt: null }));
  const ssh = new Set(sshNames);
  const twice = new Map<string, string[]>();
  const found: InventoryEntry[] = [];
  for (const { name: source, listedAt, servers } of sources) {
    for (const server of servers.values()) {
      const { name, labels } = server;
      const isOther = ssh.has(name) && !isReachedBySshConfig(server);
      if (clashes(isOther ? new Map([[name, 'ssh_config']]) : taken, name, source, twice)) continue;
      taken.set(name, source);
      found.push({ name, labels, source, listedAt });
    }
  }
  const aliases = sshAliases.filter((name) => !taken.has(name));
  const all = [
    ...own,
    ...aliases.map((name) => ({ name, labels: {}, source: 'ssh_config', listedAt: null })),
    ...found,
  ];
  const entries = registrable(all);
  const tooMany = all.length - entries.length;
  return {
    entries,
    warnings: [
      ...[...twice].map(([text, names]) => described(text, names)),
      ...(tooMany > 0 ? [`The last ${tooMany} servers are left out: a coordinator takes no more at once.`] : []),
    ],
  };
}
