import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { SDK } from './sdk-version.ts';

/** Not the plugin's: what this command line puts there, and the notes of npm, which name the folder that it worked in. */
const NOT_ITS_OWN = [join('node_modules', SDK), join('node_modules', '.package-lock.json')];

/**
 * One value for all files of a plugin and of what it depends on: their names and what is in them.
 * @param project as `InstalledPlugin` has it
 * @throws ServonautError `config_invalid` for a link, behind which anything could change
 */
export async function pluginDigest(project: string): Promise<string> {
  const files = await filesIn(project, 'node_modules');
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    const content = createHash('sha256')
      .update(await readFile(join(project, file)))
      .digest('hex');
    hash.update(`${JSON.stringify(file.split(sep))} ${content}\n`);
  }
  return `sha256:${hash.digest('hex')}`;
}

async function filesIn(project: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(project, folder), { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (NOT_ITS_OWN.includes(path) && !entry.isDirectory()) return [];
    if (entry.isDirectory()) return filesIn(project, path);
    if (entry.isFile()) return [path];
    throw new ServonautError('config_invalid', {
      message: `A plugin may hold files only, and ${join(project, path)} is something else.`,
      nextStep: 'Install the plugin again.',
    });
  });
  return (await Promise.all(found)).flat();
}
