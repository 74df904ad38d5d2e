import { ServonautError, WIRE_LIMITS, type ToolManifest } from '@servonaut/contracts';
import type { AnyTool } from '@servonaut/plugin-sdk';
import { loadExports, type PluginPackage } from './plugin-package.ts';
import { leftOutOf, missingTool, type LeftOutPlugin } from './plugins/left-out.ts';

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
  readonly #missing: ReadonlyMap<string, LeftOutPlugin>;

  /**
   * @param leftOut whose tools would be there
   * @throws ServonautError `config_invalid` when two plugins bring a tool of the same name: neither may pass for the other
   */
  constructor(entries: readonly CatalogEntry[], leftOut: readonly LeftOutPlugin[] = []) {
    const byName = new Map<string, CatalogEntry>();
    for (const entry of entries) {
      const other = byName.get(entry.tool.name);
      if (other) throw sameName(entry.tool.name, other.plugin, entry.plugin);
      byName.set(entry.tool.name, entry);
    }
    this.entries = entries;
    this.#byName = byName;
    this.#missing = new Map(leftOut.flatMap((plugin) => plugin.brings.tools.map(({ name }) => [name, plugin])));
  }

  /** @throws ServonautError `unknown_tool` for one of a plugin that is left out */
  find(name: string): AnyTool | undefined {
    const tool = this.#byName.get(name)?.tool;
    const plugin = tool ? undefined : this.#missing.get(name);
    if (plugin) throw missingTool(name, plugin);
    return tool;
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
  const all = [...plugins];
  const loaded = all.map(async (plugin) => {
    const tools = await loadExports<AnyTool>(plugin, 'tools', 'TOOLS');
    return tools.map((tool) => ({ tool, plugin: plugin.name, isAdded: plugin.type === 'user' }));
  });
  return new ToolCatalog((await Promise.all(loaded)).flat(), leftOutOf(all));
}

/** What agents see of a tool that is not ours: whose words its description is. */
function markedManifest(manifest: ToolManifest, plugin: string): ToolManifest {
  const description = `From the plugin ${plugin}: ${manifest.description}`;
  return { ...manifest, description: description.slice(0, WIRE_LIMITS.toolDescriptionLength).toWellFormed() };
}

function sameName(tool: string, one: string, other: string): ServonautError {
  const message = `Two plugins have a tool "${tool}": ${one} and ${other}.`;
  return new ServonautError('config_invalid', { message, nextStep: 'Remove one of them.' });
}
