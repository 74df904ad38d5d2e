import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServonautError } from '@servonaut/contracts';
import type { LeftOutPlugin } from './plugins/left-out.ts';

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
  /** Set where it only stands for one of which nothing is loaded. */
  readonly leftOut?: LeftOutPlugin;
}

/** What a plugin brings of one sort; nothing when its package.json does not name a module for it. @throws what the module throws */
export async function exportsOf<T>(
  { root, pjson }: Pick<PluginPackage, 'root' | 'pjson'>,
  sort: 'tools' | 'sources',
  identifier: string,
): Promise<readonly T[]> {
  const entry = (pjson['servonaut'] as Partial<Record<string, unknown>> | undefined)?.[sort];
  if (typeof entry !== 'string') return [];
  const module = (await import(pathToFileURL(join(root, entry)).href)) as Partial<Record<string, unknown>>;
  const exported = module[identifier];
  if (Array.isArray(exported)) return exported as T[];
  throw new Error(`no ${identifier} exported`);
}

/** The same. @throws ServonautError `config_invalid` naming the plugin that cannot be loaded */
export async function loadExports<T>(
  plugin: PluginPackage,
  sort: 'tools' | 'sources',
  identifier: string,
): Promise<readonly T[]> {
  try {
    return await exportsOf<T>(plugin, sort, identifier);
  } catch (cause) {
    const message = `The plugin ${plugin.name} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new ServonautError('config_invalid', { message, cause, nextStep: 'Install it again, or remove it.' });
  }
}
