import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FIRST_PARTY_TOOLS, ServonautError } from '@servonaut/contracts';
import type { Session } from '../../session/session.ts';
import { findPlugin, revokePlugin, type JudgedPlugin } from './allowed-plugins.ts';
import { notInstalled, pluginNames, projectOf, readPlugin, type InstalledPlugin } from './installed-plugins.ts';
import { pluginsFolder } from './plugins-folder.ts';
import { makeNpmProject, packageSpec } from './npm-project.ts';
import { checkSdk, SDK } from './sdk-version.ts';

type SessionFiles = Pick<Session, 'paths' | 'environment'>;

/**
 * Puts a plugin on this machine, in place of the version that was there. None of its code runs: neither now, nor later unless it is allowed.
 * @param taken names of the packages that belong to the command line
 * @throws ServonautError `invalid_request`, `config_invalid`; what was there is there still
 */
export async function installPlugin(
  session: SessionFiles,
  wanted: string,
  taken: ReadonlySet<string>,
): Promise<JudgedPlugin> {
  const spec = packageSpec(wanted);
  const folder = pluginsFolder(session.environment);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const project = await mkdtemp(join(folder, '.new-'));
  try {
    await makeNpmProject(project, spec, { ...session.environment.variables });
    const plugin = await checkedPlugin(project, taken);
    await replace(projectOf(folder, plugin.name), project);
    return await findPlugin(session, plugin.name);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

async function checkedPlugin(project: string, taken: ReadonlySet<string>): Promise<InstalledPlugin> {
  const saved = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { dependencies?: object };
  const [name = ''] = Object.keys(saved.dependencies ?? {});
  projectOf(project, name);
  const plugin = await readPlugin(project, name);
  if (taken.has(name)) throw refused(name, 'is a part of this command line', 'There is nothing to install.');
  const tool = plugin.brings.tools.find((one) => FIRST_PARTY_TOOLS.some((own) => own.name === one.name));
  if (tool)
    throw refused(name, `has a tool "${tool.name}", as this command line has`, 'Its author gives it another name.');
  checkSdk(name, plugin.pjson);
  if (plugin.dependencies.some((dependency) => dependency.startsWith(`${SDK} `)))
    throw refused(
      name,
      'brings an SDK of its own',
      `Its author names ${SDK} in peerDependencies, and not in dependencies.`,
    );
  return plugin;
}

function refused(name: string, what: string, nextStep: string): ServonautError {
  return new ServonautError('config_invalid', { message: `${name} ${what}.`, nextStep });
}

async function replace(project: string, by: string): Promise<void> {
  await mkdir(dirname(project), { recursive: true });
  await rm(project, { recursive: true, force: true });
  await rename(by, project);
}

/**
 * Takes a plugin from this machine, whatever is wrong with it; this profile forgets that it was allowed.
 * @throws ServonautError `not_found`, `invalid_request`
 */
export async function uninstallPlugin(session: SessionFiles, name: string): Promise<void> {
  const folder = pluginsFolder(session.environment);
  const project = projectOf(folder, name);
  if (!(await pluginNames(folder)).includes(name)) throw notInstalled(name);
  await rm(project, { recursive: true, force: true });
  await revokePlugin(session, name);
}
