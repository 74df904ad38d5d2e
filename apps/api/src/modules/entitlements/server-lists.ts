import { fitsServerSelector, selectorsSeenBy, type ServerEntry, type WirePrincipal } from '@servonaut/contracts';
import type { EntitlementLevel, Principal } from '../auth/index.ts';
import { rulesFor, type AppliedRule } from './applied-rules.ts';

/** A server that is asked for. */
export interface WantedServer {
  /** Name of the user whose it is; null for the caller's own. */
  readonly owner: string | null;
  readonly name: string;
  /** Its labels as each connected executor tells them that has a server of this name; null when it was found to be on each list before. */
  readonly labels: readonly Readonly<Record<string, string>>[] | null;
}

/** The only servers that some limit leaves, and which limit that is: the token's own list, or a rule. */
export interface ServerList {
  readonly selectors: readonly string[];
  readonly from: AppliedRule | 'token';
  /** Who names the servers: whoever lets others use them calls them their own. */
  readonly namedBy: 'caller' | 'owner';
}

/** The servers of one user, as far as anybody tells. */
export interface KnownServers {
  /** Null for the caller's own. */
  readonly owner: string | null;
  /** None while no executor is connected. */
  readonly entries: readonly ServerEntry[];
}

type Limited = Pick<Principal, 'userId' | 'servers' | 'levels'>;

/** A server has to be on each of these lists. */
export function serverLists({ userId, servers, levels }: Limited, tool: string): ServerList[] {
  const lists: ServerList[] = servers === null ? [] : [{ selectors: servers, from: 'token', namedBy: 'caller' }];
  for (const from of rulesFor(levels, tool)) {
    const { servers: selectors } = from.rule;
    if (selectors) lists.push({ selectors, from, namedBy: namerOf(from.level, userId) });
  }
  return lists;
}

/** Whichever of the executors that have the server may run the call, so it has to be on the list as each of them describes it. */
export function isOnList(list: ServerList, { owner, name, labels }: WantedServer): boolean {
  const { selectors, namedBy } = list;
  if (labels === null && asksForLabels(list)) return true;
  const entries = labels?.length ? labels : [{}];
  const seen = namedBy === 'owner' ? null : owner;
  return entries.every((known) =>
    selectors.some((selector) => fitsServerSelector(selector, { owner: seen, name, labels: known })),
  );
}

/**
 * Whether some known server is on each of the lists. While none is known: whether there may be one, which there cannot be when a list is of names alone
 * and no name of it is on the others.
 */
export function mayFitOne(lists: readonly ServerList[], { owner, entries }: KnownServers): boolean {
  if (lists.length === 0) return true;
  const fits = (server: WantedServer) => lists.every((list) => isOnList(list, server));
  if (entries.length > 0) return byName(entries).some(([name, labels]) => fits({ owner, name, labels }));
  const seen = lists.map((list) => selectorsFor(list, owner));
  const names = seen.find((selectors) => !selectors.some((selector) => /[*]|^label:/.test(selector)));
  if (!names) return seen.every((selectors) => selectors.length > 0);
  return names.some((name) => fits({ owner, name, labels: null }));
}

/** Each name with the labels of every executor that has a server of that name. */
function byName(entries: readonly ServerEntry[]): [string, ServerEntry['labels'][]][] {
  const named = Map.groupBy(entries, ({ name }) => name);
  return [...named].map(([name, same]) => [name, same.map(({ labels }) => labels)]);
}

/** The selectors as the owner would write them; null for the caller's own. */
function selectorsFor({ selectors, namedBy }: ServerList, owner: string | null): string[] {
  return owner === null || namedBy === 'owner' ? [...selectors] : selectorsSeenBy(owner, selectors);
}

/** The same lists for an executor of `owner`, which holds each call to them too; null for the caller's own. */
export function listsOnTheWire(
  principal: Limited,
  tool: string,
  owner: string | null,
): Pick<WirePrincipal, 'servers' | 'within'> {
  const lists = serverLists(principal, tool).map((list) => selectorsFor(list, owner));
  const [servers, ...within] = lists;
  return { ...(servers && { servers }), ...(within.length > 0 && { within }) };
}

/** Whether the list says anything of labels, so that they have to be known. */
export function asksForLabels({ selectors }: ServerList): boolean {
  return selectors.some((selector) => selector.includes('label:'));
}

/** A delegation, and the limits of the user who made it, which hold for what they let others use as well. */
function namerOf({ kind, id }: EntitlementLevel, callerId: string): ServerList['namedBy'] {
  return kind === 'delegation' || (kind !== 'credential' && id !== callerId) ? 'owner' : 'caller';
}
