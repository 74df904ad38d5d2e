import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServonautError } from '@servonaut/contracts';
import { isPluginName } from './installed-plugins.ts';
import { sdkVersion } from './sdk-version.ts';

/** From `src` or `dist`, both of which stand beside it. Each file has `.txt` behind its name, which keeps it from being taken for one of ours. */
const TEMPLATE = fileURLToPath(new URL('../../../plugin-template/', import.meta.url));
/** As the names of tools, with dashes. */
const COMMAND = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST_COMMAND = 40;
/** What the package is built with. */
const BUILT_WITH = { node: '24.0.0', typescript: '6.0.3' };

/**
 * Writes a package with one tool and its tests into a new folder. Nothing is fetched.
 * @param command name of the tool as a command, such as `largest-files`
 * @returns the folder
 * @throws ServonautError `invalid_request`; `conflict` when there is something in the folder
 */
export async function createPlugin(command: string, packageName: string, into: string): Promise<string> {
  if (!COMMAND.test(command) || command.length > LONGEST_COMMAND) {
    throw new ServonautError('invalid_request', {
      message: `${command} is no name for a tool.`,
      nextStep: `Give up to ${LONGEST_COMMAND} lower-case letters and digits, with dashes between words.`,
    });
  }
  if (!isPluginName(packageName)) {
    throw new ServonautError('invalid_request', {
      message: `${packageName} is no name for a package.`,
      nextStep:
        'Give one that npm takes with --package: lower-case letters, digits and dashes, such as @acme/largest-files.',
    });
  }
  const folder = resolve(into);
  await refuseOccupied(folder);
  const words = wordsOf(command, packageName);
  for (const file of await templateFiles()) {
    const path = join(folder, targetOf(file, command));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, filled(await readFile(join(TEMPLATE, file), 'utf8'), words));
  }
  return folder;
}

async function refuseOccupied(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (there.length > 0) {
    throw new ServonautError('conflict', {
      message: `There is something in ${folder} already.`,
      nextStep: 'Name another folder with --folder, or empty this one.',
    });
  }
}

function wordsOf(command: string, packageName: string): Readonly<Record<string, string>> {
  const words = command.split('-');
  const [first = '', ...others] = words.map((word) => word[0]?.toUpperCase() + word.slice(1));
  return {
    ...BUILT_WITH,
    command,
    package: packageName,
    tool: words.join('_'),
    title: [first, ...words.slice(1)].join(' '),
    export: first[0]?.toLowerCase() + first.slice(1) + others.join(''),
    sdk: sdkVersion(),
  };
}

async function templateFiles(): Promise<string[]> {
  const entries = await readdir(TEMPLATE, { recursive: true });
  return entries.filter((name) => name.endsWith('.txt'));
}

function targetOf(file: string, command: string): string {
  const name = file.slice(0, -'.txt'.length);
  return name === 'gitignore' ? '.gitignore' : name.replace(/tool(?=[.](test[.])?ts$)/, `${command}.tool`);
}

function filled(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, word: string) => words[word] ?? '');
}
