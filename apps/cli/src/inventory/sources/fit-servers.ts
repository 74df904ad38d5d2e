import { serverNameSchema, WIRE_LIMITS } from '@servonaut/contracts';
import { placeSchema, type FoundServer } from '@servonaut/plugin-sdk';
import type { SourceEntry } from './source-entry.ts';
import { looksLikePlace, tellsPlace } from './tells-place.ts';

/** A server of a source under the name and labels that the coordinator may know. */
export interface FittedServer extends Pick<FoundServer, 'host' | 'port' | 'user' | 'identityFile' | 'jump'> {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its name in the source: what `ssh` is asked for where there is no `host`. */
  readonly asked: string;
}

export interface Fitting {
  readonly servers: readonly FittedServer[];
  /** What is left out, and why. For the operator alone. */
  readonly warnings: readonly string[];
}

/** Most names that one warning lists. */
const MOST_NAMED = 5;

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).join(', ') + more;
}

/** A name with a dot that is its own address: one that DNS knows, and not one that the operator gave. */
function isDnsName({ name, host = name }: FoundServer): boolean {
  return name.includes('.') && host.toLowerCase() === name.toLowerCase();
}

function fittedName(prefix: string, name: string): string {
  const own = name.replaceAll(/[^A-Za-z0-9_.:@-]+/g, '-').replace(/-+$/, '');
  const start = prefix === '' ? own.replace(/^[^A-Za-z0-9_]+/, '') : own;
  return start === '' ? '' : `${prefix}${start}`.slice(0, WIRE_LIMITS.serverNameLength);
}

/** Why a server is not offered. */
function hindrance(server: FoundServer, { prefix, dnsNames }: SourceEntry): string | undefined {
  const { name, host } = server;
  if (!serverNameSchema.safeParse(fittedName(prefix, name)).success) return 'they have no name';
  const isOfDns = isDnsName(server);
  if (tellsPlace(name, isOfDns ? {} : server) || looksLikePlace(name, true)) return 'their names are addresses';
  if (!dnsNames && (isOfDns || looksLikePlace(name, false)))
    return 'their names are addresses in DNS (dns_names: true offers them)';
  const canBeAsked = host !== undefined || placeSchema.shape.host.safeParse(name).success;
  return canBeAsked ? undefined : 'they have no host, and their names cannot be one';
}

function fittedLabels(server: FoundServer, { labels: added, dnsNames }: SourceEntry): Record<string, string> {
  const labels: Record<string, string> = { ...added };
  for (const [key, value] of Object.entries(server.labels)) {
    const fitKey = key.replaceAll(/[^A-Za-z0-9_./-]/g, '_').slice(0, 64);
    const fitValue = value.replaceAll(/\p{Cc}/gu, ' ').slice(0, 128);
    if (Object.hasOwn(labels, fitKey) || Object.keys(labels).length === WIRE_LIMITS.labelsPerServer) continue;
    // As they are, since what is made of them hides what they tell. Keys have dots of their own, as in app.kubernetes.io/name.
    const tells = [key, fitKey, value].some((text) => tellsPlace(text, server)) || looksLikePlace(value, dnsNames);
    // JavaScript takes it for the prototype.
    if (fitKey === '__proto__' || tells) continue;
    labels[fitKey] = fitValue;
  }
  return labels;
}

function fitted(server: FoundServer, entry: SourceEntry): FittedServer {
  const { host, port = entry.place.port, user = entry.place.user, jump = entry.place.jump } = server;
  const { name, identityFile = entry.place.identityFile } = server;
  const place = { host, port, user, identityFile, jump };
  return { ...place, name: fittedName(entry.prefix, name), labels: fittedLabels(server, entry), asked: name };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): [string, T[]][] {
  const groups = Map.groupBy(items, keyOf);
  return [...groups].filter((group): group is [string, T[]] => group[0] !== undefined);
}

function lostLabels(found: readonly FoundServer[], fits: readonly FittedServer[], entry: SourceEntry): number {
  const count = (servers: readonly { labels: object }[]) =>
    servers.reduce((sum, { labels }) => sum + Object.keys(labels).length, 0);
  const added = Object.keys(entry.labels);
  const replaced = found.flatMap(({ labels }) => added.filter((key) => Object.hasOwn(labels, key))).length;
  return count(found) - replaced + added.length * fits.length - count(fits);
}

/** One server alone, for whoever takes it together with others of its name; undefined where it is not offered. */
export function fittedServer(server: FoundServer, entry: SourceEntry): FittedServer | undefined {
  return hindrance(server, entry) === undefined ? fitted(server, entry) : undefined;
}

/**
 * Makes what a source found fit for the coordinator. Two servers whose names would become one are both left out, since nobody could say which is meant.
 * Pure: the same servers and entry give the same names.
 */
export function fitServers(entry: SourceEntry, found: readonly FoundServer[]): Fitting {
  const out = grouped(found, (server) => hindrance(server, entry)).map(
    ([why, servers]) =>
      `${servers.length} left out because ${why}: ${listed(servers.map(({ name }) => JSON.stringify(name)))}.`,
  );
  const offered = found.filter((server) => hindrance(server, entry) === undefined);
  const fits = offered.map((server) => fitted(server, entry));
  const clashes = grouped(fits, ({ name }) => name).filter(([, servers]) => servers.length > 1);
  const clashing = new Set(clashes.map(([name]) => name));
  const lost = lostLabels(offered, fits, entry);
  const warnings = [
    ...out,
    ...clashes.map(
      ([name, servers]) =>
        `${listed(servers.map(({ asked }) => JSON.stringify(asked)))} would all be ${name}, so none of them is offered.`,
    ),
    ...(lost > 0 ? [`${lost} labels left out: they are addresses, names in DNS or paths, or one too many.`] : []),
  ];
  return {
    servers: fits.filter(({ name }) => !clashing.has(name)),
    warnings: warnings.map((warning) => `${entry.name}: ${warning}`),
  };
}
