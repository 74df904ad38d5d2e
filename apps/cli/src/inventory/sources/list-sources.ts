import type { AnyInventorySource, FoundServer } from '@servonaut/plugin-sdk';
import type { SourceCache } from './source-cache.ts';
import { reasonOf, sourceContext, within, type SourceHost } from './source-context.ts';
import type { SourceEntry } from './source-entry.ts';
import { validServers } from './valid-servers.ts';

export interface Listings extends SourceHost {
  readonly cache: SourceCache;
  readonly kinds: ReadonlyMap<string, AnyInventorySource>;
  /** Longest time for one source, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Listings that have not come to an end, given up or not: each may hold what others need. */
  readonly unsettled: Set<string>;
}

async function found(entry: SourceEntry, listings: Listings, warnings: string[]): Promise<readonly FoundServer[]> {
  const { timeoutMs, unsettled } = listings;
  const source = listings.kinds.get(entry.kind);
  if (!source) throw new Error(`there is no source "${entry.kind}"`);
  const options = source.options.parse(entry.options);
  const warn = (message: string) => void warnings.push(message);
  const key = JSON.stringify([entry.kind, entry.options]);
  if (unsettled.has(key)) throw new Error('the last time that it was asked has not come to an end');
  // A source that does not heed the signal is not asked again while it is at it.
  const servers = await within(timeoutMs, listings.signal, async (signal) => {
    const listing = source.list(options, sourceContext(listings, { signal, warn }));
    const settled = () => void unsettled.delete(key);
    unsettled.add(key);
    listing.then(settled, settled);
    return listing;
  });
  return validServers(servers, warn);
}

/** Asks one source, and keeps what it finds. When that fails, what was found before stays. */
async function listSource(entry: SourceEntry, listings: Listings): Promise<void> {
  const { cache, signal } = listings;
  const warnings: string[] = [];
  try {
    const servers = await found(entry, listings, warnings);
    await cache.write(entry, { listedAt: new Date(), servers, warnings, failure: null });
  } catch (error) {
    if (signal.aborted) throw error;
    await cache.write(entry, { ...(await cache.read(entry)), failure: reasonOf(error) });
  }
}

/**
 * Asks all of the sources at once, and forgets those that are not among them. A source that fails is no failure here: its listing says so.
 * @throws ServonautError `config_invalid` when what they found cannot be kept
 */
export async function listSources(entries: readonly SourceEntry[], listings: Listings): Promise<void> {
  await Promise.all(entries.map((entry) => listSource(entry, listings)));
}
