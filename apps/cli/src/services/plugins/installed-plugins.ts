import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import {
  DESCRIPTION_FILE,
  LONGEST_DESCRIPTION,
  pluginDescriptionSchema,
  type PluginDescription,
} from '@servonaut/plugin-sdk/description';
import { z } from 'zod';

/** A plugin on this machine, as its files describe it. Nothing of it has been run. */
export interface InstalledPlugin {
  readonly name: string;
  readonly version: string;
  readonly about: string;
  /** The npm project that holds the package and all that it depends on, and nothing else. */
  readonly project: string;
  /** The package itself. */
  readonly root: string;
  readonly pjson: Readonly<Record<string, unknown>>;
  readonly brings: PluginDescription;
  /** What npm has put beside it, as `NAME VERSION`. */
  readonly dependencies: readonly string[];
  /** As npm has checked the package; undefined for one that came from a folder. */
  readonly integrity: string | undefined;
}

/** A name of npm: also a path below a folder, and one that leads nowhere else. */
const NAME = /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/;
/** Most characters that are shown of what an author writes about a plugin. */
const LONGEST_ABOUT = 200;
/** Most characters of a name, as npm has it. */
const LONGEST_NAME = 214;

/** Whether a package of this name can be a plugin. */
export const isPluginName = (name: string): boolean => name.length <= LONGEST_NAME && NAME.test(name);

const packageSchema = z.looseObject({
  name: z.string().refine(isPluginName),
  version: z.string().max(64),
  description: z.string().default(''),
});
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

/** The project of a plugin. @throws ServonautError `invalid_request` for what cannot be its name, and could lead out of the folder */
export function projectOf(folder: string, name: string): string {
  if (isPluginName(name)) return join(folder, name);
  throw new ServonautError('invalid_request', { message: 'That is no name of a plugin.' });
}

/** Of all plugins of this machine, in order. */
export async function pluginNames(folder: string): Promise<string[]> {
  const names = await folderNames(folder);
  const scoped = names
    .filter((name) => name.startsWith('@'))
    .map(async (scope) => {
      return (await folderNames(join(folder, scope))).map((name) => `${scope}/${name}`);
    });
  const all = [...names.filter((name) => !name.startsWith('@')), ...(await Promise.all(scoped)).flat()];
  return all.filter(isPluginName).toSorted();
}

async function folderNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

export function notInstalled(name: string): ServonautError {
  return new ServonautError('not_found', {
    message: `The plugin ${name} is not installed.`,
    nextStep: 'Run "servonaut plugins list" to see those that are.',
  });
}

/** @throws ServonautError `config_invalid` when it is not what a plugin has to be */
export async function readPlugin(project: string, name: string): Promise<InstalledPlugin> {
  const root = join(project, 'node_modules', name);
  const pjson = await parsed(name, join(root, 'package.json'), packageSchema);
  const brings = await parsed(name, join(root, DESCRIPTION_FILE), pluginDescriptionSchema);
  const { packages } = await parsed(name, join(project, 'package-lock.json'), lockSchema);
  const { '': _project, [`node_modules/${name}`]: own, ...others } = packages;
  return {
    name,
    version: pjson.version,
    about: pjson.description.slice(0, LONGEST_ABOUT),
    project,
    root,
    pjson,
    brings,
    dependencies: Object.entries(others).map(([path, { version }]) => `${packageAt(path)} ${version ?? ''}`.trim()),
    integrity: own?.integrity,
  };
}

const packageAt = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

async function parsed<Schema extends z.ZodType>(name: string, path: string, schema: Schema): Promise<z.output<Schema>> {
  try {
    if ((await stat(path)).size > LONGEST_DESCRIPTION) throw new Error(`${path} is too long`);
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ServonautError('config_invalid', {
      message: `${name} is no plugin: ${isMissing ? 'it lacks' : 'not understood is'} ${path.slice(path.lastIndexOf('/') + 1)}.`,
      nextStep: `Its author builds it with servonaut-describe, which writes ${DESCRIPTION_FILE}; then install it again.`,
      cause,
    });
  }
}
