import { Injectable } from '@nestjs/common';
import { selectorsSeenBy, type ServerEntry, type ToolManifest } from '@servonaut/contracts';
import type { Principal } from '../../auth/index.ts';
import {
  coversServer,
  Entitlements,
  levelsThrough,
  ReceivedDelegations,
  type ReceivedDelegation,
} from '../../entitlements/index.ts';
import { Relay } from '../../relay/index.ts';
import type { DelegatedBy, DelegatedList, DelegatedServer } from './list-delegated-servers.ts';
import { addressText } from './others-refusals.ts';
import { catalogue } from './tool-catalogue.ts';

/** Most users whose executors are asked for one list, those who have given first. */
const MOST_GRANTORS = 100;
/** Most servers in one list. */
const MOST_LISTED = 500;

/** Somebody who lets the caller use servers, and what their executors tell. */
interface Grantor {
  readonly name: string;
  readonly given: readonly ReceivedDelegation[];
  readonly connected: boolean;
  readonly servers: readonly ServerEntry[];
  readonly tools: readonly ToolManifest[];
}

/** What others let the caller use, for lists. */
@Injectable()
export class DelegatedServers {
  constructor(
    private readonly relay: Relay,
    private readonly entitlements: Entitlements,
    private readonly received: ReceivedDelegations,
  ) {}

  /** The tools that may be called on servers of others; null when there is nobody who lets the caller use any. */
  async tools(principal: Principal): Promise<readonly ToolManifest[] | null> {
    const grantors = await this.#grantors(principal);
    if (grantors.length === 0) return null;
    return grantors.flatMap(({ given, tools }) =>
      tools.filter((tool) =>
        given.some((one) => this.entitlements.visibleTools(through(principal, one, tool.name), [tool]).length > 0),
      ),
    );
  }

  async list(principal: Principal): Promise<DelegatedList> {
    const grantors = await this.#grantors(principal);
    const servers = grantors.flatMap((grantor) => serversOf(grantor).map((entries) => ({ grantor, entries })));
    return {
      servers: servers.slice(0, MOST_LISTED).map(({ grantor, entries }) => this.#describe(principal, grantor, entries)),
      total: servers.length,
      delegations: grantors.flatMap((grantor) => grantor.given.map((one) => describeGiven(grantor, one))),
    };
  }

  #describe(principal: Principal, { name: owner, given, tools }: Grantor, [first, ...rest]: Entries): DelegatedServer {
    const { name, labels } = first;
    const server = { owner, name, labels: [first, ...rest].map((entry) => entry.labels) };
    const covering = given.filter((one) => coversServer(one, server));
    const allowed = tools.filter(({ name: tool }) =>
      covering.some((one) => this.entitlements.decide(through(principal, one, tool), { tool, server }).allowed),
    );
    return { server: addressText(server), labels, tools: allowed.map((tool) => tool.name) };
  }

  /** None to whose servers the token of the caller does not reach. */
  async #grantors({ userId, servers }: Principal): Promise<Grantor[]> {
    const given = await this.received.of(userId, null);
    const reached = given.filter(({ grantorName }) => !servers || selectorsSeenBy(grantorName, servers).length > 0);
    const byGrantor = [...Map.groupBy(reached, ({ grantorId }) => grantorId)].slice(0, MOST_GRANTORS);
    return Promise.all(byGrantor.map(([grantorId, theirs]) => this.#grantor(grantorId, theirs)));
  }

  async #grantor(grantorId: string, given: readonly ReceivedDelegation[]): Promise<Grantor> {
    const [servers, tools] = await Promise.all([
      this.relay.connectedServers(grantorId),
      this.relay.connectedTools(grantorId),
    ]);
    const onServers = catalogue(tools).filter(({ target }) => target === 'server');
    const connected = servers.length > 0 || tools.length > 0;
    return { name: given[0]?.grantorName ?? '', given, connected, servers, tools: onServers };
  }
}

/** A server as each executor describes it that has one of the name. */
type Entries = readonly [ServerEntry, ...ServerEntry[]];

function serversOf({ given, servers }: Grantor): Entries[] {
  const byName = Map.groupBy(servers, ({ name }) => name);
  return [...byName].flatMap(([name, [first, ...rest]]) => {
    const labels = [first, ...rest].flatMap((entry) => (entry ? [entry.labels] : []));
    return first && given.some((one) => coversServer(one, { name, labels })) ? [[first, ...rest] as const] : [];
  });
}

function through(principal: Principal, one: ReceivedDelegation, tool: string): Principal {
  return { ...principal, levels: [...principal.levels, ...levelsThrough(one, tool)] };
}

function describeGiven({ name, connected }: Grantor, { servers, tools, expiresAt }: ReceivedDelegation): DelegatedBy {
  return {
    user: name,
    connected,
    servers: servers.map((selector) => addressText({ owner: name, name: selector })),
    tools,
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
