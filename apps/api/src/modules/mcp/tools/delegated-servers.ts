import { Injectable } from '@nestjs/common';
import { selectorsSeenBy, type ServerEntry, type ToolManifest } from '@servonaut/contracts';
import type { Principal } from '../../auth/index.ts';
import {
  coversServer,
  Entitlements,
  levelsThrough,
  ReceivedDelegations,
  type KnownServers,
  type ReceivedDelegation,
} from '../../entitlements/index.ts';
import { Relay } from '../../relay/index.ts';
import type { DelegatedBy, DelegatedList, DelegatedServer } from './list-delegated-servers.ts';
import { addressText } from './others-refusals.ts';
import { catalogue } from './tool-catalogue.ts';

/** Most users whose executors are asked for one list, those who have given first. */
const MOST_GRANTORS = 100;
/** Most delegations of one of them that a list looks at, the oldest. */
const MOST_GIVEN = 20;
/** Most servers that one list looks at. */
const MOST_LISTED = 500;

/** Somebody who lets the caller use servers, and what their executors tell. */
interface Grantor {
  readonly name: string;
  /** Each with the names of the tools that the caller may call by it. */
  readonly given: readonly { readonly one: ReceivedDelegation; readonly callable: ReadonlySet<string> }[];
  readonly connected: boolean;
  readonly entries: readonly ServerEntry[];
  /** What they can run, as the caller knows it: what others say of their tools is told to nobody. */
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

  /** The tools that may be called on servers of others. */
  async tools(principal: Principal): Promise<readonly ToolManifest[]> {
    const grantors = await this.#grantors(principal);
    return grantors.flatMap(({ tools, given }) =>
      tools.filter(({ name }) => given.some(({ callable }) => callable.has(name))),
    );
  }

  /** Those on which something may be called, and whoever lets the caller do so. */
  async list(principal: Principal): Promise<DelegatedList> {
    const grantors = await this.#grantors(principal);
    const entries = grantors.flatMap((grantor) => entriesOf(grantor).map((entry) => ({ grantor, entry })));
    const looked = entries.slice(0, MOST_LISTED);
    const servers = looked.map(({ grantor, entry }) => this.#describe(principal, grantor, entry));
    return {
      servers: servers.filter(({ tools }) => tools.length > 0),
      complete: looked.length === entries.length,
      delegations: grantors.flatMap((grantor) => grantor.given.map(({ one }) => describeGiven(grantor, one))),
    };
  }

  #describe(principal: Principal, { name: owner, given, tools }: Grantor, [first, ...rest]: Entries): DelegatedServer {
    const { name } = first;
    const server = { owner, name, labels: [first, ...rest].map((entry) => entry.labels) };
    const covering = given.filter(({ one }) => coversServer(one, server));
    const allowed = tools.filter(({ name: tool }) =>
      covering.some(
        ({ one, callable }) =>
          callable.has(tool) && this.entitlements.decide(through(principal, one, tool), { tool, server }).allowed,
      ),
    );
    return { server: addressText(server), tools: allowed.map((tool) => tool.name) };
  }

  /** None on whose servers the caller may call nothing. */
  async #grantors(principal: Principal): Promise<Grantor[]> {
    const received = await this.received.of(principal.userId, null);
    const { servers } = principal;
    const reached = received.filter(({ grantorName }) => !servers || selectorsSeenBy(grantorName, servers).length > 0);
    const byGrantor = [...Map.groupBy(reached, ({ grantorId }) => grantorId)].slice(0, MOST_GRANTORS);
    if (byGrantor.length === 0) return [];
    const known = catalogue(await this.relay.connectedTools(principal.userId));
    const grantors = await Promise.all(
      byGrantor.map(([grantorId, theirs]) => this.#grantor(principal, grantorId, theirs.slice(0, MOST_GIVEN), known)),
    );
    return grantors.filter(({ given }) => given.length > 0);
  }

  async #grantor(
    principal: Principal,
    id: string,
    received: readonly ReceivedDelegation[],
    known: readonly ToolManifest[],
  ): Promise<Grantor> {
    const [entries, told] = await Promise.all([this.relay.connectedServers(id), this.relay.connectedTools(id)]);
    const theirs = new Set(catalogue(told).flatMap(({ name, target }) => (target === 'server' ? [name] : [])));
    const tools = known.filter(({ name, target }) => target === 'server' && theirs.has(name));
    const owner = received[0]?.grantorName ?? '';
    const given = received.map((one) => ({ one, callable: this.#callable(principal, one, tools, { owner, entries }) }));
    const connected = entries.length > 0 || told.length > 0;
    return { name: owner, given: given.filter(({ callable }) => callable.size > 0), connected, entries, tools };
  }

  #callable(
    principal: Principal,
    one: ReceivedDelegation,
    tools: readonly ToolManifest[],
    servers: KnownServers,
  ): ReadonlySet<string> {
    const names = tools.filter((tool) => {
      const caller = through(principal, one, tool.name);
      return this.entitlements.visibleTools(caller, [tool], servers).length > 0;
    });
    return new Set(names.map(({ name }) => name));
  }
}

/** A server as each executor describes it that has one of the name. */
type Entries = readonly [ServerEntry, ...ServerEntry[]];

function entriesOf({ given, entries }: Grantor): Entries[] {
  const byName = Map.groupBy(entries, ({ name }) => name);
  return [...byName].flatMap(([name, [first, ...rest]]) => {
    const labels = [first, ...rest].flatMap((entry) => (entry ? [entry.labels] : []));
    return first && given.some(({ one }) => coversServer(one, { name, labels })) ? [[first, ...rest] as const] : [];
  });
}

function through(principal: Principal, one: ReceivedDelegation, tool: string): Principal {
  return { ...principal, levels: [...principal.levels, ...levelsThrough(one, tool)] };
}

function describeGiven({ name, connected }: Grantor, { servers, tools, expiresAt }: ReceivedDelegation): DelegatedBy {
  return {
    user: name,
    connected,
    servers: servers.map((selector) => addressText({ owner: name, name: withoutWords(selector) })),
    tools,
    expires_at: expiresAt?.toISOString() ?? null,
  };
}

/** The value of a label may be any text. */
function withoutWords(selector: string): string {
  return selector.startsWith('label:') ? selector.slice(0, selector.indexOf('=')) : selector;
}
