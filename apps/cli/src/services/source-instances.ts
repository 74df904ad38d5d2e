import { join } from 'node:path';
import type { AnyInventorySource, SourceContext } from '@servonaut/plugin-sdk';
import { ServersFile, type SourceKinds } from '../inventory/servers-file.ts';
import { sourceContext, within } from '../inventory/sources/source-context.ts';
import type { SourceEntry } from '../inventory/sources/source-entry.ts';
import type { Session } from '../session/session.ts';
import type { PluginPackage } from './plugin-package.ts';
import { operatorAccount } from './session-inventory.ts';
import { loadSourceCatalog } from './source-catalog.ts';

/** An entry of `servers.yaml` whose source can tell of instances. */
export interface InstanceSource {
  readonly entry: SourceEntry;
  readonly source: AnyInventorySource & Required<Pick<AnyInventorySource, 'instances'>>;
}

export function hasInstances(source: AnyInventorySource): source is InstanceSource['source'] {
  return 'instances' in source;
}

/** How the sources of the operator's servers are asked of instances. Asks none by itself. */
export interface InstanceSources {
  /** As `servers.yaml` has them now. @throws ServonautError `config_invalid` */
  read(): Promise<readonly InstanceSource[]>;
  /** Asks one, for as long as one may take. */
  ask<Value>(
    source: InstanceSource,
    context: Pick<SourceContext, 'signal' | 'warn'>,
    ask: (options: unknown, context: SourceContext) => Promise<Value>,
  ): Promise<Value>;
}

export const NO_INSTANCE_SOURCES: InstanceSources = {
  read: async () => [],
  ask: async ({ entry }) => Promise.reject(new Error(`${entry.name} is not there.`)),
};

/** The sources of a profile. */
export class SessionInstanceSources implements InstanceSources {
  readonly #session: Pick<Session, 'paths' | 'environment' | 'settings'>;
  readonly #plugins: Iterable<PluginPackage>;
  readonly #file: ServersFile;
  #kinds: Promise<SourceKinds> | undefined;

  constructor(session: Pick<Session, 'paths' | 'environment' | 'settings'>, plugins: Iterable<PluginPackage>) {
    this.#session = session;
    this.#plugins = plugins;
    this.#file = new ServersFile(join(session.paths.configDir, 'servers.yaml'));
  }

  async read(): Promise<readonly InstanceSource[]> {
    const kinds = (): Promise<SourceKinds> => (this.#kinds ??= loadSourceCatalog(this.#plugins));
    const entries = await this.#file.checkedSources(kinds);
    if (entries.length === 0) return [];
    const loaded = await kinds();
    return entries.flatMap((entry) => {
      const source = loaded.get(entry.kind);
      return source && hasInstances(source) ? [{ entry, source }] : [];
    });
  }

  async ask<Value>(
    { entry, source }: InstanceSource,
    { signal: given, warn }: Pick<SourceContext, 'signal' | 'warn'>,
    ask: (options: unknown, context: SourceContext) => Promise<Value>,
  ): Promise<Value> {
    const { paths, environment, settings } = this.#session;
    const host = { home: operatorAccount().homedir, env: environment.variables, folder: paths.configDir };
    return within(settings.instances_timeout_seconds.value * 1_000, given, async (signal) =>
      ask(source.options.parse(entry.options), sourceContext(host, { signal, warn })),
    );
  }
}
