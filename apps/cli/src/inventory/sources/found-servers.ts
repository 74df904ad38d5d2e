import { fitServers, type FittedServer } from './fit-servers.ts';
import type { CachedListing, SourceCache } from './source-cache.ts';
import type { SourceEntry } from './source-entry.ts';

/** What one source brings into the inventory. */
export interface SourceState {
  readonly name: string;
  readonly kind: string;
  /** When its servers were found; null when they never were. */
  readonly listedAt: Date | null;
  /** Why they could not be listed anew since. */
  readonly failure: string | null;
  /** By name. */
  readonly servers: ReadonlyMap<string, FittedServer>;
  /** What was left out, and why. For the operator alone. */
  readonly warnings: readonly string[];
}

function stateOf(
  entry: SourceEntry,
  { listedAt, failure, servers: found, warnings: said }: CachedListing,
): SourceState {
  const { servers, warnings } = fitServers(entry, found);
  return {
    name: entry.name,
    kind: entry.kind,
    listedAt,
    failure,
    servers: new Map(servers.map((server) => [server.name, server])),
    warnings: [...said.map((warning) => `${entry.name}: ${warning}`), ...warnings],
  };
}

/** What the sources found the last time, under the names and labels that they have now. Asks none of them. */
export class FoundServers {
  readonly #cache: SourceCache;
  readonly #last = new WeakMap<SourceEntry, { readonly listing: CachedListing; readonly state: SourceState }>();

  constructor(cache: SourceCache) {
    this.#cache = cache;
  }

  async of(entries: readonly SourceEntry[]): Promise<readonly SourceState[]> {
    return Promise.all(entries.map((entry) => this.#state(entry)));
  }

  async #state(entry: SourceEntry): Promise<SourceState> {
    const listing = await this.#cache.read(entry);
    const last = this.#last.get(entry);
    if (last?.listing === listing) return last.state;
    const state = stateOf(entry, listing);
    this.#last.set(entry, { listing, state });
    return state;
  }
}
