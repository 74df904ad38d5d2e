import { Injectable } from '@nestjs/common';
import { askedTimeout } from '@servonaut/agent-tools';
import { selectorsSeenBy, ServonautError, serverAddressSchema } from '@servonaut/contracts';
import type { Principal } from '../../auth/index.ts';
import {
  coversServer,
  Entitlements,
  levelsThrough,
  notEntitled,
  ReceivedDelegations,
  type ReceivedDelegation,
} from '../../entitlements/index.ts';
import { Relay, type RequestView } from '../../relay/index.ts';
import type { CallThrough, OthersServer } from './call-through.ts';
import { grantorOffline, noSuchServer } from './others-refusals.ts';

interface AskedCall {
  readonly principal: Principal;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What is asked of servers that others let the caller use. */
@Injectable()
export class OthersServers {
  constructor(
    private readonly relay: Relay,
    private readonly entitlements: Entitlements,
    private readonly received: ReceivedDelegations,
  ) {}

  /**
   * The delegation through which a call goes, the oldest that allows it; undefined for a call of the caller's own. Whoever has been given nothing is
   * answered the same whether or not there is such a user, such a server, or a delegation to somebody else.
   * @throws ServonautError `unknown_server`; `not_entitled` for what the caller may not do in any case; `executor_offline`
   */
  async through(call: AskedCall): Promise<CallThrough | undefined> {
    const address = addressOf(call.args['server']);
    if (!address) return undefined;
    this.#refuseInAnyCase(call, address);
    const given = await this.received.of(call.principal.userId, address.owner);
    const entries = given[0] ? await this.relay.connectedServers(given[0].grantorId) : [];
    const labels = entries.flatMap((entry) => (entry.name === address.name ? [entry.labels] : []));
    const server = { ...address, labels };
    const ways = given.filter((one) => coversServer(one, server)).map((one) => wayThrough(one, call, server));
    const way = ways.find((one) => this.#allows(one, call)) ?? ways[0];
    if (way) return way;
    // Who has labels that fit is not known while nobody tells them.
    throw entries.length === 0 && given.some(asksForLabels) ? grantorOffline(address.owner) : noSuchServer(address);
  }

  /**
   * A request that the user has asked for on somebody else's executor, and how it would be asked for now. What can no longer be asked for is not found.
   * @throws ServonautError `request_unknown`
   */
  async request(principal: Principal, requestId: string): Promise<{ view: RequestView; through: CallThrough }> {
    const given = await this.received.of(principal.userId, null);
    const grantors = [...new Set(given.map(({ grantorId }) => grantorId))];
    const ask = (grantorId: string) => this.relay.getRequest(grantorId, requestId).catch(unlessUnknown);
    const view = (await Promise.all(grantors.map(ask))).find(isAskedBy(principal));
    const owner = view?.delegation?.ownerName;
    const theirs = owner === undefined ? [] : await this.received.of(principal.userId, owner);
    const one = theirs.find(({ id }) => id === view?.delegation?.id);
    if (!view || !one || view.server === null) throw new ServonautError('request_unknown');
    const server = { owner: one.grantorName, name: view.server, labels: [] };
    return { view, through: wayThrough(one, { principal, tool: view.tool }, server) };
  }

  #refuseInAnyCase({ principal, tool }: AskedCall, address: Pick<OthersServer, 'owner' | 'name'>): void {
    const { servers } = principal;
    const mayReach = servers === null || selectorsSeenBy(address.owner, servers).length > 0;
    const decision = this.entitlements.decide(principal, {
      tool,
      server: { ...address, labels: mayReach ? null : [] },
    });
    if (!decision.allowed) throw notEntitled(decision);
  }

  #allows({ principal, server }: CallThrough, { tool, args }: AskedCall): boolean {
    return this.entitlements.decide(principal, { tool, server, timeoutSeconds: askedTimeout(args) }).allowed;
  }
}

/** Whose server is meant; undefined for the caller's own. Names of servers have no `/`, so that the last one is the end of the user's. */
export function addressOf(server: unknown): Pick<OthersServer, 'owner' | 'name'> | undefined {
  if (typeof server !== 'string' || !server.includes('/')) return undefined;
  const at = server.lastIndexOf('/');
  const address = { owner: server.slice(0, at), name: server.slice(at + 1) };
  if (!serverAddressSchema.safeParse(server).success) throw noSuchServer(address);
  return address;
}

function wayThrough(
  one: ReceivedDelegation,
  { principal, tool }: Pick<AskedCall, 'principal' | 'tool'>,
  server: OthersServer,
): CallThrough {
  const { id, grantorId, grantorName: ownerName, expiresAt: until } = one;
  const { userId: callerId, userName: callerName } = principal;
  return {
    grantorId,
    delegation: { id, callerId, callerName, ownerName },
    until,
    principal: { ...principal, levels: [...principal.levels, ...levelsThrough(one, tool)] },
    server,
  };
}

function asksForLabels({ servers }: ReceivedDelegation): boolean {
  return servers.some((selector) => selector.startsWith('label:'));
}

function isAskedBy({ userId }: Principal) {
  return (view: RequestView | undefined): view is RequestView => view?.delegation?.callerId === userId;
}

function unlessUnknown(error: unknown): undefined {
  if (error instanceof ServonautError && error.code === 'request_unknown') return undefined;
  throw error;
}
