import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from '../../session/private-file.ts';
import type { Session } from '../../session/session.ts';
import { installedPlugins, pluginNames, projectOf, readPlugin, type InstalledPlugin } from './installed-plugins.ts';
import { pluginsFolder } from './plugins-folder.ts';
import { pluginDigest } from './plugin-digest.ts';
import { checkSdk, SDK, sdkFolder } from './sdk-version.ts';

/** Whether the operator of a profile has allowed a plugin as it is now. */
export type PluginStanding = 'allowed' | 'changed' | 'not allowed';

export interface JudgedPlugin extends InstalledPlugin {
  readonly standing: PluginStanding;
  readonly digest: string;
}

type SessionFiles = Pick<Session, 'paths' | 'environment'>;

const allowedSchema = z.strictObject({ allowed: z.record(z.string(), z.string()) });
type Allowed = Readonly<Record<string, string>>;

const allowedFile = ({ paths }: SessionFiles): string => join(paths.configDir, 'plugins.json');

async function readAllowed(session: SessionFiles): Promise<Allowed> {
  const path = allowedFile(session);
  const text = await readPrivateFile(path, 'read');
  if (text === undefined) return {};
  try {
    return allowedSchema.parse(JSON.parse(text)).allowed;
  } catch (cause) {
    throw new ServonautError('config_invalid', {
      message: `${path} is not understood, so no plugin is allowed.`,
      nextStep: 'Remove it, and allow the plugins again.',
      cause,
    });
  }
}

async function judged(plugin: InstalledPlugin, allowed: Allowed): Promise<JudgedPlugin> {
  const digest = await pluginDigest(plugin.project);
  const known = Object.hasOwn(allowed, plugin.name) ? allowed[plugin.name] : undefined;
  const standing = known === undefined ? 'not allowed' : known === digest ? 'allowed' : 'changed';
  return { ...plugin, standing, digest };
}

/** All plugins of this machine. @throws ServonautError `config_invalid` */
export async function listPlugins(session: SessionFiles): Promise<JudgedPlugin[]> {
  const allowed = await readAllowed(session);
  const plugins = await installedPlugins(pluginsFolder(session.environment));
  return Promise.all(plugins.map((plugin) => judged(plugin, allowed)));
}

/** @throws ServonautError `not_found`, `config_invalid` */
export async function findPlugin(session: SessionFiles, name: string): Promise<JudgedPlugin> {
  const folder = pluginsFolder(session.environment);
  const project = projectOf(folder, name);
  if ((await pluginNames(folder)).includes(name))
    return judged(await readPlugin(project, name), await readAllowed(session));
  throw new ServonautError('not_found', {
    message: `The plugin ${name} is not installed.`,
    nextStep: 'Run "servonaut plugins list" to see those that are.',
  });
}

/**
 * From now on the profile loads this plugin, as long as it is what was shown.
 * @throws ServonautError `config_invalid` when it does not go with the SDK, or cannot be written
 */
export async function allowPlugin(session: SessionFiles, { name, digest, pjson }: JudgedPlugin): Promise<void> {
  checkSdk(name, pjson);
  await writeAllowed(session, { ...(await readAllowed(session)), [name]: digest });
}

/** Whether it was allowed, or had been before it changed. @throws ServonautError `config_invalid` */
export async function revokePlugin(session: SessionFiles, name: string): Promise<boolean> {
  const { [name]: known, ...others } = await readAllowed(session);
  if (known !== undefined) await writeAllowed(session, others);
  return known !== undefined;
}

async function writeAllowed(session: SessionFiles, allowed: Allowed): Promise<void> {
  await writePrivateFile(allowedFile(session), `${JSON.stringify({ allowed }, null, 2)}\n`);
}

/**
 * The plugins that a profile loads. One that it has allowed and does not load is told of: the command may well be the one that mends it.
 * Nothing of a plugin that is not allowed is read but its name.
 */
export async function loadablePlugins(
  session: SessionFiles,
  onFault: (message: string) => void,
): Promise<InstalledPlugin[]> {
  const allowed = await readAllowed(session);
  const folder = pluginsFolder(session.environment);
  const names = (await pluginNames(folder)).filter((name) => Object.hasOwn(allowed, name));
  const loadable = names.map((name) =>
    loadablePlugin(projectOf(folder, name), name, allowed).catch((error: unknown) => {
      if (!(error instanceof ServonautError)) throw error;
      onFault(`The plugin ${name} is not loaded: ${error.message} ${error.nextStep}`);
      return [];
    }),
  );
  return (await Promise.all(loadable)).flat();
}

async function loadablePlugin(project: string, name: string, allowed: Allowed): Promise<[InstalledPlugin]> {
  const plugin = await judged(await readPlugin(project, name), allowed);
  if (plugin.standing !== 'allowed') {
    throw new ServonautError('config_invalid', {
      message: 'It has changed since it was allowed.',
      nextStep: `Run "servonaut plugins allow ${name}" to see it and to allow it again.`,
    });
  }
  checkSdk(name, plugin.pjson);
  await linkSdk(project);
  return [plugin];
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
