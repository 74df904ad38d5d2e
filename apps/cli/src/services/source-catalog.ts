import { ServonautError } from '@servonaut/contracts';
import { z, type AnyInventorySource } from '@servonaut/plugin-sdk';
import type { SourceKinds } from '../inventory/servers-file.ts';
import { loadExports, type PluginPackage } from './plugin-package.ts';
import { leftOutOf, type LeftOutPlugin } from './plugins/left-out.ts';

/**
 * The inventory sources of all plugins that have any, by kind.
 * @throws ServonautError `config_invalid` naming the plugin that cannot be loaded, or two that bring the same kind: neither may pass for the other
 */
export async function loadSourceCatalog(plugins: Iterable<PluginPackage>): Promise<SourceKinds> {
  const all = [...plugins];
  const loaded = await Promise.all(
    all.map(async (plugin) => {
      const sources = await loadExports<AnyInventorySource>(plugin, 'sources', 'SOURCES');
      return sources.map((source) => ({ source, plugin: plugin.name }));
    }),
  );
  const kinds = new Map<string, { source: AnyInventorySource; plugin: string }>();
  for (const { source, plugin } of loaded.flat()) {
    const other = kinds.get(source.kind);
    if (other) throw sameKind(source.kind, other.plugin, plugin);
    kinds.set(source.kind, { source, plugin });
  }
  const known: [string, AnyInventorySource][] = [...kinds].map(([kind, { source }]) => [kind, source]);
  return new Map([...leftOutOf(all).flatMap(missingSources), ...known]);
}

/** Stand for those of a plugin that is left out: what they found before holds, and the operator is told why there is nothing newer. */
function missingSources({ brings, fault }: LeftOutPlugin): [string, AnyInventorySource][] {
  const list = (): Promise<never> => Promise.reject(fault);
  return brings.sources.map((kind) => [kind, { kind, options: z.looseObject({}), list }]);
}

function sameKind(kind: string, one: string, other: string): ServonautError {
  const message = `Two plugins have an inventory source "${kind}": ${one} and ${other}.`;
  return new ServonautError('config_invalid', { message, nextStep: 'Remove one of them.' });
}
