import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServonautError } from '@servonaut/contracts';

/** An installed plugin, as oclif lists it. */
export interface PluginPackage {
  readonly name: string;
  /** Its folder. */
  readonly root: string;
  /** `user` for one that the operator has installed and allowed; others are parts of the command line. */
  readonly type?: string;
  /**
   * Its package.json; `"servonaut": {"tools": "./dist/index.js"}` names the module that exports `TOOLS`, and `sources` likewise one with `SOURCES`.
   */
  readonly pjson: Readonly<Record<string, unknown>>;
}

/**
 * What a plugin brings of one sort; nothing when its package.json does not name a module for it.
 * @throws ServonautError `config_invalid` naming the plugin that cannot be loaded
 */
export async function loadExports<T>(
  plugin: PluginPackage,
  sort: 'tools' | 'sources',
  identifier: string,
): Promise<readonly T[]> {
  const entry = (plugin.pjson['servonaut'] as Partial<Record<string, unknown>> | undefined)?.[sort];
  if (typeof entry !== 'string') return [];
  try {
    const module = (await import(pathToFileURL(join(plugin.root, entry)).href)) as Partial<Record<string, unknown>>;
    const exported = module[identifier];
    if (Array.isArray(exported)) return exported as T[];
  } catch (error) {
    throw unloadable(plugin.name, error);
  }
  throw unloadable(plugin.name, `no ${identifier} exported`);
}

function unloadable(plugin: string, cause: unknown): ServonautError {
  const message = `The plugin ${plugin} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new ServonautError('config_invalid', { message, cause, nextStep: 'Install it again, or remove it.' });
}
