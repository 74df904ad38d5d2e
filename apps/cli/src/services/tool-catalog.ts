import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServonautError, type ToolManifest } from '@servonaut/contracts';
import type { AnyTool } from '@servonaut/plugin-sdk';

/** An installed plugin, as oclif lists it. */
export interface PluginPackage {
  readonly name: string;
  /** Its folder. */
  readonly root: string;
  /** Its package.json; `"servonaut": {"tools": "./dist/index.js"}` names the module that exports `TOOLS`. */
  readonly pjson: Readonly<Record<string, unknown>>;
}

export interface CatalogEntry {
  readonly tool: AnyTool;
  /** Name of the plugin that brought it. */
  readonly plugin: string;
}

/** The tools of this executor by name. */
export class ToolCatalog {
  readonly entries: readonly CatalogEntry[];
  readonly #byName: ReadonlyMap<string, AnyTool>;

  /** @throws ServonautError `config_invalid` when two plugins bring a tool of the same name: neither may pass for the other */
  constructor(entries: readonly CatalogEntry[]) {
    const byName = new Map<string, CatalogEntry>();
    for (const entry of entries) {
      const other = byName.get(entry.tool.name);
      if (other) throw sameName(entry.tool.name, other.plugin, entry.plugin);
      byName.set(entry.tool.name, entry);
    }
    this.entries = entries;
    this.#byName = new Map(entries.map(({ tool }) => [tool.name, tool]));
  }

  find(name: string): AnyTool | undefined {
    return this.#byName.get(name);
  }

  manifests(): ToolManifest[] {
    return this.entries.map(({ tool }) => tool.manifest);
  }
}

/** Loads the tools of all plugins that have any. @throws ServonautError `config_invalid` naming the plugin that cannot be loaded */
export async function loadToolCatalog(plugins: Iterable<PluginPackage>): Promise<ToolCatalog> {
  const loaded = [...plugins].map(async (plugin) => {
    const tools = await loadTools(plugin);
    return tools.map((tool) => ({ tool, plugin: plugin.name }));
  });
  return new ToolCatalog((await Promise.all(loaded)).flat());
}

async function loadTools(plugin: PluginPackage): Promise<readonly AnyTool[]> {
  const entry = (plugin.pjson['servonaut'] as { tools?: unknown } | undefined)?.tools;
  if (typeof entry !== 'string') return [];
  try {
    const { TOOLS } = (await import(pathToFileURL(join(plugin.root, entry)).href)) as { TOOLS?: unknown };
    if (Array.isArray(TOOLS)) return TOOLS as AnyTool[];
  } catch (error) {
    throw unloadable(plugin.name, error);
  }
  throw unloadable(plugin.name, 'no TOOLS exported');
}

function unloadable(plugin: string, cause: unknown): ServonautError {
  const message = `The plugin ${plugin} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new ServonautError('config_invalid', { message, cause, nextStep: 'Install it again, or remove it.' });
}

function sameName(tool: string, one: string, other: string): ServonautError {
  const message = `Two plugins have a tool "${tool}": ${one} and ${other}.`;
  return new ServonautError('config_invalid', { message, nextStep: 'Remove one of them.' });
}
