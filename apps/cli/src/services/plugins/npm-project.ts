import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ServonautError } from '@servonaut/contracts';

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
/** Most characters of what npm says that are shown when it fails. */
const LONGEST_COMPLAINT = 2_000;

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
 * @throws ServonautError `config_invalid` with what npm says
 */
export async function makeNpmProject(folder: string, spec: string, env: NodeJS.ProcessEnv): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const npm = spawn('npm', [...INSTALL, '--', spec], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-LONGEST_COMPLAINT);
  });
  const code = await new Promise<number | null>((ended, fail) => npm.on('close', ended).on('error', fail)).catch(
    (cause: unknown) => {
      throw new ServonautError('config_invalid', {
        message: 'npm cannot be started.',
        nextStep: 'Install npm, which comes with Node.',
        cause,
      });
    },
  );
  if (code === 0) return;
  throw new ServonautError('config_invalid', {
    message: `npm cannot install ${spec}: ${complaint.trim() || `it ended with ${code}`}`,
    nextStep: 'Mend what npm complains of, and try again.',
  });
}
