import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { listSources } from '../inventory/sources/list-sources.ts';
import { SourceCache } from '../inventory/sources/source-cache.ts';
import type { SourceEntry } from '../inventory/sources/source-entry.ts';
import { ServersFile, type SourceKinds } from '../inventory/servers-file.ts';
import type { Session } from '../session/session.ts';
import type { PluginPackage } from './plugin-package.ts';
import { inventoryCacheDir, operatorAccount } from './session-inventory.ts';
import { loadSourceCatalog } from './source-catalog.ts';

const MINUTE_MS = 60_000;
const NEVER = new AbortController().signal;

/** Asks the inventory sources of one profile, and keeps what they find. */
export class InventoryRefresh {
  readonly #session: Session;
  readonly #plugins: Iterable<PluginPackage>;
  readonly #signal: AbortSignal;
  readonly #file: ServersFile;
  readonly #cache: SourceCache;
  readonly #unsettled = new Set<string>();
  #kinds: Promise<SourceKinds> | undefined;

  /** @param signal gives up what is being asked */
  constructor(session: Session, plugins: Iterable<PluginPackage>, signal: AbortSignal = NEVER) {
    this.#session = session;
    this.#plugins = plugins;
    this.#signal = signal;
    this.#file = new ServersFile(join(session.paths.configDir, 'servers.yaml'));
    this.#cache = new SourceCache(inventoryCacheDir(session.paths));
  }

  /** Asks those that were never asked. @throws ServonautError `config_invalid` naming the line of servers.yaml, or the plugin, that is wrong */
  async missing(): Promise<void> {
    await this.#list(async (entry) => {
      const { listedAt, failure } = await this.#cache.read(entry);
      return listedAt === null && failure === null;
    });
  }

  /** Asks all. @throws ServonautError as `missing` */
  async all(): Promise<void> {
    await this.#list(() => Promise.resolve(true));
  }

  /** Asks those whose servers are older than the setting says, and all of them that often from then on, until the signal. */
  async keep(onFault: (error: unknown) => void): Promise<void> {
    const everyMs = this.#session.settings.inventory_refresh_minutes.value * MINUTE_MS;
    const isOld = async (entry: SourceEntry) => {
      const { listedAt } = await this.#cache.read(entry);
      return listedAt === null || Date.now() - listedAt.getTime() >= everyMs;
    };
    const failed = (error: unknown): void => {
      if (!this.#signal.aborted) onFault(error);
    };
    await this.#list(isOld).catch(failed);
    while (await this.#passed(everyMs)) await this.all().catch(failed);
  }

  /** Whether the time has passed, and not the signal ended it. */
  async #passed(milliseconds: number): Promise<boolean> {
    return delay(milliseconds, true, { ref: false, signal: this.#signal }).catch(() => false);
  }

  async #list(isDue: (entry: SourceEntry) => Promise<boolean>): Promise<void> {
    const kinds = (): Promise<SourceKinds> => (this.#kinds ??= loadSourceCatalog(this.#plugins));
    const entries = await this.#file.checkedSources(kinds);
    await this.#cache.forgetOthers(entries);
    const due = await Promise.all(entries.map(isDue));
    const { paths, settings, environment } = this.#session;
    const listings = {
      cache: this.#cache,
      home: operatorAccount().homedir,
      env: environment.variables,
      folder: paths.configDir,
      timeoutMs: settings.inventory_timeout_seconds.value * 1_000,
      signal: this.#signal,
      unsettled: this.#unsettled,
    };
    const asked = entries.filter((_, index) => due[index]);
    if (asked.length > 0) await listSources(asked, { ...listings, kinds: await kinds() });
  }
}
