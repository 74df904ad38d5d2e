import { ServonautError, type ToolManifest } from '@servonaut/contracts';
import type { AnyTool } from '@servonaut/plugin-sdk';
import { loadExports, type PluginPackage } from './plugin-package.ts';
import { checkDescribed, markedManifest } from './plugins/described-tools.ts';

export interface CatalogEntry {
  readonly tool: AnyTool;
  /** Name of the plugin that brought it. */
  readonly plugin: string;
  /** Whether that plugin is one that the operator has added. */
  readonly isAdded: boolean;
}

/** The tools of this executor by name. */
export class ToolCatalog {
  readonly entries: readonly CatalogEntry[];
  readonly #byName: ReadonlyMap<string, CatalogEntry>;

  /** @throws ServonautError `config_invalid` when two plugins bring a tool of the same name: neither may pass for the other */
  constructor(entries: readonly CatalogEntry[]) {
    const byName = new Map<string, CatalogEntry>();
    for (const entry of entries) {
      const other = byName.get(entry.tool.name);
      if (other) throw sameName(entry.tool.name, other.plugin, entry.plugin);
      byName.set(entry.tool.name, entry);
    }
    this.entries = entries;
    this.#byName = byName;
  }

  find(name: string): AnyTool | undefined {
    return this.#byName.get(name)?.tool;
  }

  /** Name of the plugin that brought a tool of this catalog. */
  pluginOf(tool: string): string | undefined {
    return this.#byName.get(tool)?.plugin;
  }

  manifests(): ToolManifest[] {
    return this.entries.map(({ tool, plugin, isAdded }) =>
      isAdded ? markedManifest(tool.manifest, plugin) : tool.manifest,
    );
  }
}

/** Loads the tools of all plugins that have any. @throws ServonautError `config_invalid` naming the plugin that cannot be loaded */
export async function loadToolCatalog(plugins: Iterable<PluginPackage>): Promise<ToolCatalog> {
  const loaded = [...plugins].map(async (plugin) => {
    const tools = await loadExports<AnyTool>(plugin, 'tools', 'TOOLS');
    const isAdded = plugin.type === 'user';
    if (isAdded) await checkDescribed(plugin, 'tools', tools, []);
    return tools.map((tool) => ({ tool, plugin: plugin.name, isAdded }));
  });
  return new ToolCatalog((await Promise.all(loaded)).flat());
}

function sameName(tool: string, one: string, other: string): ServonautError {
  const message = `Two plugins have a tool "${tool}": ${one} and ${other}.`;
  return new ServonautError('config_invalid', { message, nextStep: 'Remove one of them.' });
}
