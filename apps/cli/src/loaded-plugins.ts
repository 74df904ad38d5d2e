import { existsSync } from 'node:fs';
import { Config, Plugin, type Command, type Interfaces } from '@oclif/core';
import type { PluginPackage } from './services/plugin-package.ts';
import { leftOut, leftOutText, noneKnown, type LeftOutPlugin } from './services/plugins/left-out.ts';
import type { AllowedPlugin } from './services/plugins/loadable-plugins.ts';
import { pluginsFolder } from './services/plugins/plugins-folder.ts';
import { readEnvironment } from './session/environment.ts';
import { plainText } from './ui/plain-text.ts';

/** What a plugin is mended or removed with runs none of its code: whatever that does, these work. */
const MENDS = /^plugins(?::(?!list)|$)/;
/** Commands that say themselves what is left out. */
const TELLS = /^(?:connect|doctor|plugins:list|status)(?::|$)/;

/** The words of a command line before its first flag. */
function commandOf(argv: readonly string[]): string {
  const flag = argv.findIndex((word) => word.startsWith('-'));
  return argv.slice(0, flag === -1 ? undefined : flag).join(':');
}

/** What the profile of a command line is decides about its plugins, which come before its flags are parsed. */
function profileFlag(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const own = argv.slice(0, end === -1 ? undefined : end);
  const at = own.findLastIndex((word) => word === '--profile' || word.startsWith('--profile='));
  const [flag, next] = [own[at], own[at + 1]];
  return flag === '--profile' ? next : flag?.slice('--profile='.length);
}

/** None of them where it cannot be found out which they are. */
async function pluginsToLoad(argv: readonly string[]): Promise<readonly AllowedPlugin[]> {
  const [{ loadablePlugins }, { openSession }] = await Promise.all([
    import('./services/plugins/loadable-plugins.ts'),
    import('./session/session.ts'),
  ]);
  try {
    return await loadablePlugins(openSession(profileFlag(argv)));
  } catch (error) {
    return [noneKnown(error)];
  }
}

/**
 * The command line with the plugins that the operator has allowed, and no others: oclif itself would load whatever its data folder names.
 * @param root path of our package.json
 */
export async function configWithPlugins(argv: readonly string[], root: string): Promise<Config> {
  const config = await Config.load({ root, userPlugins: false, devPlugins: false });
  const command = commandOf(argv);
  if (MENDS.test(command) || !existsSync(pluginsFolder(readEnvironment()))) return config;
  const warn = (message: string): void => void process.stderr.write(`${plainText(message)}\n`);
  for (const allowed of await pluginsToLoad(argv)) {
    const plugin = await loadedPlugin(allowed);
    if (plugin.leftOut && !TELLS.test(command)) warn(leftOutText(plugin.leftOut));
    addTo(config, plugin, warn);
  }
  return config;
}

type Loaded = Interfaces.Plugin & Pick<PluginPackage, 'leftOut'>;

async function loadedPlugin(allowed: AllowedPlugin): Promise<Loaded> {
  if ('fault' in allowed) return standIn(allowed);
  const { importPlugin } = await import('./services/plugins/import-plugin.ts');
  const { name, root, brings } = allowed;
  const plugin = new Plugin({ root, type: 'user', ignoreManifest: true, errorOnManifestCreate: true });
  try {
    await importPlugin(allowed, () => plugin.load());
    return plugin;
  } catch (error) {
    return standIn(leftOut(name, error, brings));
  }
}

/** Has the commands of its tools still, each of which says why it does nothing. */
function standIn(plugin: LeftOutPlugin): Loaded {
  const { name, fault, brings } = plugin;
  const nothing = { aliases: [], hiddenAliases: [], args: {}, flags: {}, hidden: true, summary: fault.message };
  const load = (): Promise<Command.Class> => Promise.reject(fault);
  const commands = brings.tools.map((tool) => ({ ...nothing, id: tool.name.replaceAll('_', '-'), load }));
  const pjson = { name, version: '', oclif: {} };
  return Object.assign(new Plugin({ root: '' }), { name, alias: name, type: 'user', pjson, commands, leftOut: plugin });
}

/** Its commands, where there is none of that name. Not its hooks, by which our own parts find each other. */
function addTo(config: Config, plugin: Interfaces.Plugin, warn: (message: string) => void): void {
  const isTaken = ({ id }: { readonly id: string }): boolean => config.findCommand(id) !== undefined;
  for (const { id } of plugin.commands.filter(isTaken))
    warn(`${plugin.name} brings "${id}", a command that is there already.`);
  plugin.commands = plugin.commands.filter((command) => !isTaken(command));
  plugin.hooks = {};
  config.plugins.set(plugin.name, plugin);
}
