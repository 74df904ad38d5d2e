import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { readInventoryFile, ServonautError, type SourceContext } from '@servonaut/plugin-sdk';
import { readIni } from './ini-inventory.ts';
import { InventoryModel, type Variables } from './inventory-model.ts';
import { readVariables, readYaml } from './yaml-inventory.ts';

/** What Ansible passes over in a folder. */
const PASSED_OVER = ['.bak', '.cfg', '.ini', '.md', '.orig', '.pyc', '.pyo', '.retry', '.rpm', '.rst', '.swp', '.txt'];

const VAULT = '$ANSIBLE_VAULT';

/** Variables of files, by group and by host. */
export interface VariableFiles {
  readonly groups: ReadonlyMap<string, Variables>;
  readonly hosts: ReadonlyMap<string, Variables>;
}

type Reading = Pick<SourceContext, 'signal' | 'warn'>;

/** @param seen folders that have been gone into: links may lead there again, and are followed once */
async function entriesOf(folder: string, { signal }: Reading, seen = new Set<string>()): Promise<string[]> {
  signal.throwIfAborted();
  try {
    const real = await realpath(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    return (await readdir(folder)).filter((name) => !name.startsWith('.') && !name.endsWith('~')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readInventory(path: string, model: InventoryModel, reading: Reading): Promise<void> {
  const text = await readInventoryFile(path, reading);
  if (text.startsWith('#!')) {
    throw new ServonautError('config_invalid', {
      message: `${path} is a program. Servonaut runs none for an inventory.`,
      nextStep: 'Keep what it prints in a file, or use the inventory source of the cloud that it asks.',
    });
  }
  const isYaml = ['.yml', '.yaml', '.json'].includes(extname(path).toLowerCase());
  (isYaml ? readYaml : readIni)(text, path, model);
}

/** One file, or all that are in a folder and its folders, as Ansible takes them. */
async function readAll(path: string, model: InventoryModel, reading: Reading, seen = new Set<string>()): Promise<void> {
  if (!(await stat(path)).isDirectory()) return readInventory(path, model, reading);
  for (const name of await entriesOf(path, reading, seen)) {
    if (['group_vars', 'host_vars'].includes(name) || PASSED_OVER.includes(extname(name))) continue;
    await readAll(join(path, name), model, reading, seen);
  }
}

async function variablesAt(path: string, reading: Reading, seen = new Set<string>()): Promise<Variables> {
  if ((await stat(path)).isDirectory()) {
    const all: Variables[] = [];
    for (const name of await entriesOf(path, reading, seen))
      all.push(await variablesAt(join(path, name), reading, seen));
    return Object.assign({}, ...all) as Variables;
  }
  const text = await readInventoryFile(path, reading);
  if (!text.startsWith(VAULT)) return readVariables(text, path);
  reading.warn(`${path} is encrypted, and is not read.`);
  return {};
}

async function variablesIn(folder: string, reading: Reading): Promise<ReadonlyMap<string, Variables>> {
  const found = new Map<string, Variables>();
  for (const entry of await entriesOf(folder, reading)) {
    const name = entry.replace(/\.(?:ya?ml|json)$/, '');
    found.set(name, { ...found.get(name), ...(await variablesAt(join(folder, entry), reading)) });
  }
  return found;
}

/** @throws ServonautError `config_invalid` naming the file, and the line where there is one */
export async function readInventoryFiles(
  path: string,
  reading: Reading,
): Promise<{ model: InventoryModel; files: VariableFiles; folder: string }> {
  const model = new InventoryModel();
  await readAll(path, model, reading);
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const [groups, hosts] = [
    await variablesIn(join(folder, 'group_vars'), reading),
    await variablesIn(join(folder, 'host_vars'), reading),
  ];
  return { model, files: { groups, hosts }, folder };
}
