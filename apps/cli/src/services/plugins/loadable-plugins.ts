import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FIRST_PARTY_TOOLS, ServonautError } from '@servonaut/contracts';
import type { PluginDescription } from '@servonaut/plugin-sdk/description';
import { judged, readAllowed, type Allowed, type SessionFiles } from './allowed-plugins.ts';
import { pluginNames, projectOf, readPlugin, type InstalledPlugin } from './installed-plugins.ts';
import { leftOut, type LeftOutPlugin } from './left-out.ts';
import { pluginsFolder } from './plugins-folder.ts';
import { checkSdk, SDK, sdkFolder } from './sdk-version.ts';

export type AllowedPlugin = InstalledPlugin | LeftOutPlugin;

/**
 * The plugins that a profile has allowed. Nothing of another is read but its name; one that may not be loaded, or cannot be, is left out.
 * @throws ServonautError `config_invalid` when it is not known which are allowed
 */
export async function loadablePlugins(session: SessionFiles): Promise<AllowedPlugin[]> {
  const allowed = await readAllowed(session);
  const folder = pluginsFolder(session.environment);
  const names = (await pluginNames(folder)).filter((name) => Object.hasOwn(allowed, name));
  const found = await Promise.all(names.map((name) => loadablePlugin(projectOf(folder, name), name, allowed)));
  return found.map((plugin) => withoutTwins(plugin, found));
}

async function loadablePlugin(project: string, name: string, allowed: Allowed): Promise<AllowedPlugin> {
  let brings: PluginDescription | undefined;
  try {
    const plugin = await judged(await readPlugin(project, name), allowed);
    brings = plugin.brings;
    if (plugin.standing !== 'allowed') throw changed(name);
    checkSdk(name, plugin.pjson);
    await linkSdk(project);
    return plugin;
  } catch (error) {
    return leftOut(name, error, brings);
  }
}

function changed(name: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: 'It has changed since it was allowed.',
    nextStep: `Run "servonaut plugins allow ${name}" to see it and to allow it again.`,
  });
}

const namesIn = ({ tools, sources }: PluginDescription): string[] => [
  ...tools.map(({ name }) => `tool "${name}"`),
  ...sources.map((kind) => `source "${kind}"`),
];
const OURS = namesIn({ tools: [...FIRST_PARTY_TOOLS], sources: [] });

/** Of two that bring the same neither may pass for the other, and none may for the command line. */
function withoutTwins(plugin: AllowedPlugin, all: readonly AllowedPlugin[]): AllowedPlugin {
  if ('fault' in plugin) return plugin;
  const names = namesIn(plugin.brings);
  const has = (taken: readonly string[]): string | undefined => names.find((name) => taken.includes(name));
  const [twin] = all.filter((other) => other !== plugin && has(namesIn(other.brings)));
  const what = has(OURS) ?? (twin && has(namesIn(twin.brings)));
  if (what === undefined) return plugin;
  const message = `It has a ${what}, as ${has(OURS) ? 'this command line' : `the plugin ${twin?.name}`} has.`;
  const nextStep = `Run "servonaut plugins revoke ${plugin.name}"${has(OURS) ? '' : ', or revoke the other'}.`;
  return leftOut(plugin.name, new ServonautError('config_invalid', { message, nextStep }), plugin.brings);
}

/** The plugin and the command line have one SDK, also after this one has been installed anew elsewhere. */
async function linkSdk(project: string): Promise<void> {
  const [link, target] = [join(project, 'node_modules', SDK), sdkFolder()];
  const current = await readlink(link).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ServonautError('config_invalid', {
      message: 'It brings an SDK of its own.',
      nextStep: `Its author names ${SDK} in peerDependencies and not in dependencies.`,
      cause: error,
    });
  });
  if (current === target) return;
  await rm(link, { force: true });
  await mkdir(dirname(link), { recursive: true });
  // Two commands may start at once.
  await symlink(target, link, 'junction').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
