import { ServonautError } from '@servonaut/contracts';
import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import type { SourceKinds } from '../inventory/servers-file.ts';
import { loadExports, type PluginPackage } from './plugin-package.ts';
import { checkDescribed } from './plugins/described-tools.ts';

/**
 * The inventory sources of all plugins that have any, by kind.
 * @throws ServonautError `config_invalid` naming the plugin that cannot be loaded, or two that bring the same kind: neither may pass for the other
 */
export async function loadSourceCatalog(plugins: Iterable<PluginPackage>): Promise<SourceKinds> {
  const loaded = await Promise.all(
    [...plugins].map(async (plugin) => {
      const sources = await loadExports<AnyInventorySource>(plugin, 'sources', 'SOURCES');
      if (plugin.type === 'user') await checkDescribed(plugin, 'sources', [], sources);
      return sources.map((source) => ({ source, plugin: plugin.name }));
    }),
  );
  const kinds = new Map<string, { source: AnyInventorySource; plugin: string }>();
  for (const { source, plugin } of loaded.flat()) {
    const other = kinds.get(source.kind);
    if (other) throw sameKind(source.kind, other.plugin, plugin);
    kinds.set(source.kind, { source, plugin });
  }
  return new Map([...kinds].map(([kind, { source }]) => [kind, source]));
}

function sameKind(kind: string, one: string, other: string): ServonautError {
  const message = `Two plugins have an inventory source "${kind}": ${one} and ${other}.`;
  return new ServonautError('config_invalid', { message, nextStep: 'Remove one of them.' });
}
