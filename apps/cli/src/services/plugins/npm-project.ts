import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { checkNpm, runNpm } from './npm-program.ts';

/** A name of the registry, with a version, a range or a tag. No alias, and no address: what a name stands for npm checks by its integrity. */
const REGISTRY = /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*(?:@[A-Za-z0-9.^~*<>=| _-]+)?$/;
const PATH = /^(?:\.{1,2}(?:\/|\\|$)|~\/|\/|[A-Za-z]:[\\/])|\.(?:tgz|tar\.gz)$/;

/**
 * Nothing that an author has written runs while npm works: no scripts, and no repositories, which npm builds with theirs. A folder is copied as it would
 * be published, so that what was shown stays. The SDK comes from this command line.
 */
const INSTALL = [
  'install',
  '--ignore-scripts',
  '--allow-git=none',
  '--install-links',
  '--legacy-peer-deps',
  '--omit=dev',
  '--no-bin-links',
  '--no-audit',
  '--no-fund',
  '--no-save-prefix',
  '--loglevel=error',
];
/**
 * The same for an npm that does not know `allow-git`, and for those that it starts itself to build what came from git: these get no options of ours, and
 * run no scripts for all that. The program is one that does nothing.
 */
const WITHOUT_GIT = { npm_config_ignore_scripts: 'true', npm_config_git: 'true' };
/** What a package may name as a version of another: neither a repository nor an address, of which npm checks nothing. */
const ELSEWHERE = /^(?!npm:|file:).*[:/]/;
const dependenciesSchema = z.record(z.string(), z.string()).default({});
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ dependencies: dependenciesSchema, optionalDependencies: dependenciesSchema }),
  ),
});

/** @throws ServonautError `invalid_request` for what is no name of the registry, and no folder or tarball that is there */
export function packageSpec(wanted: string, cwd = process.cwd()): string {
  if (!PATH.test(wanted)) {
    if (REGISTRY.test(wanted)) return wanted;
    throw unknownSpec(`${wanted} is no name of a package, and no path of a folder or tarball.`);
  }
  const path = wanted.startsWith('~/') ? join(homedir(), wanted.slice(2)) : resolve(cwd, wanted);
  if (existsSync(path)) return path;
  throw unknownSpec(`There is no ${path}.`);
}

function unknownSpec(message: string): ServonautError {
  return new ServonautError('invalid_request', {
    message,
    nextStep: 'Name a package of the registry, ./FOLDER or ./FILE.tgz.',
  });
}

/**
 * Makes an npm project of one package in an empty folder, with the npm of this machine and its configuration.
 * @throws ServonautError `config_invalid` with what npm says, when it is too old, or naming what would come from elsewhere than a registry
 */
export async function makeNpmProject(folder: string, spec: string, env: NodeJS.ProcessEnv): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const isolated = { ...env, ...WITHOUT_GIT };
  await checkNpm(folder, isolated);
  const { code, complaint } = await runNpm([...INSTALL, '--', spec], folder, isolated);
  if (code === 0) return checkLock(await readFile(join(folder, 'package-lock.json'), 'utf8'));
  throw new ServonautError('config_invalid', {
    message: `npm cannot install ${spec}: ${complaint || `it ended with ${code}`}`,
    nextStep: 'Mend what npm complains of, and try again.',
  });
}

/** What has been installed, before anything of it is used. @throws ServonautError `config_invalid` */
export function checkLock(text: string): void {
  const { '': _project, ...packages } = lockSchema.parse(JSON.parse(text)).packages;
  for (const [path, { dependencies, optionalDependencies }] of Object.entries(packages)) {
    const named = Object.entries({ ...dependencies, ...optionalDependencies });
    const [name, version] = named.find(([, wanted]) => ELSEWHERE.test(wanted)) ?? [];
    if (name === undefined) continue;
    const by = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    throw new ServonautError('config_invalid', {
      message: `${by} depends on ${name} as ${version}, which is in no registry.`,
      nextStep: 'Its author depends on versions of a registry only.',
    });
  }
}
