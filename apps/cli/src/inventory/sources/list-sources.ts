import { isAbsolute, resolve } from 'node:path';
import { ServonautError, type AnyInventorySource, type FoundServer } from '@servonaut/plugin-sdk';
import { expandHome } from '../home-path.ts';
import type { SourceCache } from './source-cache.ts';
import type { SourceEntry } from './source-entry.ts';
import { validServers } from './valid-servers.ts';

export interface Listings {
  readonly cache: SourceCache;
  readonly kinds: ReadonlyMap<string, AnyInventorySource>;
  readonly home: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Folder of `servers.yaml`. */
  readonly folder: string;
  /** Longest time for one source, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Listings that have not come to an end, given up or not: each may hold what others need. */
  readonly unsettled: Set<string>;
}

/** A sentence, or two where there is more to do than what the first one says; without the last dot. */
function reasonOf(error: unknown): string {
  const known = error instanceof ServonautError ? error : undefined;
  const isOwnStep = known !== undefined && known.nextStep !== new ServonautError(known.code).nextStep;
  const said = error instanceof Error ? error.message : String(error);
  const whole = isOwnStep ? `${said.replace(/\.$/, '')}. ${known.nextStep}` : said;
  return whole.replace(/\.$/, '');
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

async function found(entry: SourceEntry, listings: Listings, warnings: string[]): Promise<readonly FoundServer[]> {
  const { home, env, folder, timeoutMs, unsettled } = listings;
  const tooLong = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([listings.signal, tooLong]);
  const path = (written: string) => {
    const whole = expandHome(written, home);
    return isAbsolute(whole) ? whole : resolve(folder, whole);
  };
  const source = listings.kinds.get(entry.kind);
  if (!source) throw new Error(`there is no source "${entry.kind}"`);
  const options = source.options.parse(entry.options);
  const warn = (message: string) => void warnings.push(message);
  const key = JSON.stringify([entry.kind, entry.options]);
  if (unsettled.has(key)) throw new Error('the last time that it was asked has not come to an end');
  const listing = source.list(options, { signal, home, env, path, warn });
  const settled = () => void unsettled.delete(key);
  unsettled.add(key);
  listing.then(settled, settled);
  // A source that does not heed the signal is left to itself, and not asked again while it is at it.
  const servers = await Promise.race([listing, ended(signal)]).catch((error: unknown) => {
    throw tooLong.aborted ? new Error(`it took longer than ${timeoutMs / 1_000} s`, { cause: error }) : error;
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
