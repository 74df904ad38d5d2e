import { fitsServerSelector, selectorsSeenBy, type WirePrincipal } from '@servonaut/contracts';
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

/** The same lists for an executor of `owner`, which holds each call to them too; null for the caller's own. */
export function listsOnTheWire(
  principal: Limited,
  tool: string,
  owner: string | null,
): Pick<WirePrincipal, 'servers' | 'within'> {
  const lists = serverLists(principal, tool).map(({ selectors, namedBy }) =>
    owner === null || namedBy === 'owner' ? [...selectors] : selectorsSeenBy(owner, selectors),
  );
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
