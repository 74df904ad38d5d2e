import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from '../../session/private-file.ts';
import type { Session } from '../../session/session.ts';
import { notInstalled, pluginNames, projectOf, readPlugin, type InstalledPlugin } from './installed-plugins.ts';
import { pluginsFolder } from './plugins-folder.ts';
import { pluginDigest } from './plugin-digest.ts';
import { leftOut as leftOutBy, type LeftOutPlugin } from './left-out.ts';
import { checkSdk } from './sdk-version.ts';

/** Whether the operator of a profile has allowed a plugin as it is now. */
export type PluginStanding = 'allowed' | 'changed' | 'not allowed';

export interface JudgedPlugin extends InstalledPlugin {
  readonly standing: PluginStanding;
  readonly digest: string;
}

export type SessionFiles = Pick<Session, 'paths' | 'environment'>;

const allowedSchema = z.strictObject({ allowed: z.record(z.string(), z.string()) });
export type Allowed = Readonly<Record<string, string>>;

const allowedFile = ({ paths }: SessionFiles): string => join(paths.configDir, 'plugins.json');

/** The digests that a profile has allowed, by plugin. @throws ServonautError `config_invalid` */
export async function readAllowed(session: SessionFiles): Promise<Allowed> {
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

export async function judged(plugin: InstalledPlugin, allowed: Allowed): Promise<JudgedPlugin> {
  const digest = await pluginDigest(plugin.project);
  const known = Object.hasOwn(allowed, plugin.name) ? allowed[plugin.name] : undefined;
  const standing = known === undefined ? 'not allowed' : known === digest ? 'allowed' : 'changed';
  return { ...plugin, standing, digest };
}

/** A plugin of this machine, or as much as is known of one that cannot be read; `fault` is why it is not loaded although it may be, or not read. */
export type ListedPlugin =
  | (JudgedPlugin & { readonly fault?: ServonautError })
  | { readonly name: string; readonly standing: 'not readable'; readonly fault: ServonautError };

/**
 * All plugins of this machine.
 * @param leftOut of those that this profile has allowed
 * @throws ServonautError `config_invalid` when it is not known which are allowed
 */
export async function listPlugins(
  session: SessionFiles,
  leftOut: readonly LeftOutPlugin[] = [],
): Promise<ListedPlugin[]> {
  const allowed = await readAllowed(session);
  const folder = pluginsFolder(session.environment);
  const faults = new Map(leftOut.map(({ name, fault }) => [name, fault]));
  const listed = (await pluginNames(folder)).map(async (name): Promise<ListedPlugin> => {
    const fault = faults.get(name);
    try {
      const plugin = await judged(await readPlugin(projectOf(folder, name), name), allowed);
      return { ...plugin, ...(fault && { fault }) };
    } catch (error) {
      return { name, standing: 'not readable', fault: fault ?? leftOutBy(name, error).fault };
    }
  });
  return Promise.all(listed);
}

/** @throws ServonautError `not_found`, `config_invalid` */
export async function findPlugin(session: SessionFiles, name: string): Promise<JudgedPlugin> {
  const folder = pluginsFolder(session.environment);
  const project = projectOf(folder, name);
  if ((await pluginNames(folder)).includes(name))
    return judged(await readPlugin(project, name), await readAllowed(session));
  throw notInstalled(name);
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
