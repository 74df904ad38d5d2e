import { existsSync } from 'node:fs';
import { Config, Plugin } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import type { InstalledPlugin } from './services/plugins/installed-plugins.ts';
import { pluginsFolder } from './services/plugins/plugins-folder.ts';
import { readEnvironment } from './session/environment.ts';
import { plainText } from './ui/plain-text.ts';

/** What the profile of a command line is decides about its plugins, which come before its flags are parsed. */
function profileFlag(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const own = argv.slice(0, end === -1 ? undefined : end);
  const at = own.findLastIndex((word) => word === '--profile' || word.startsWith('--profile='));
  const [flag, next] = [own[at], own[at + 1]];
  return flag === '--profile' ? next : flag?.slice('--profile='.length);
}

/** None where the configuration is not understood: commands that need it say so, and the others are what it is mended with. */
async function pluginsToLoad(argv: readonly string[], warn: (message: string) => void): Promise<InstalledPlugin[]> {
  if (!existsSync(pluginsFolder(readEnvironment()))) return [];
  const [{ loadablePlugins }, { openSession }] = await Promise.all([
    import('./services/plugins/allowed-plugins.ts'),
    import('./session/session.ts'),
  ]);
  try {
    return await loadablePlugins(openSession(profileFlag(argv)), warn);
  } catch (error) {
    if (!(error instanceof ServonautError)) throw error;
    warn(`No plugin is loaded: ${error.message}`);
    return [];
  }
}

/**
 * The command line with the plugins that the operator has allowed, and no others: oclif itself would load whatever its data folder names.
 * @param root path of our package.json
 */
export async function configWithPlugins(argv: readonly string[], root: string): Promise<Config> {
  const config = await Config.load({ root, userPlugins: false, devPlugins: false });
  const warn = (message: string): void => void process.stderr.write(`${plainText(message)}\n`);
  for (const { root: folder } of await pluginsToLoad(argv, warn)) {
    const plugin = new Plugin({ root: folder, type: 'user', ignoreManifest: true });
    await plugin.load();
    addTo(config, plugin, warn);
  }
  return config;
}

/** Its commands, where there is none of that name. Not its hooks, by which our own parts find each other. */
function addTo(config: Config, plugin: Plugin, warn: (message: string) => void): void {
  const isTaken = ({ id }: { readonly id: string }): boolean => config.findCommand(id) !== undefined;
  for (const { id } of plugin.commands.filter(isTaken))
    warn(`${plugin.name} brings "${id}", a command that is there already.`);
  plugin.commands = plugin.commands.filter((command) => !isTaken(command));
  plugin.hooks = {};
  config.plugins.set(plugin.name, plugin);
}
