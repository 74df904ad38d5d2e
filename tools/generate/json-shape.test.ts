import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { allCommands } from './command-help-source.ts';
import { jsonShape } from './json-shape.ts';

const CLI = fileURLToPath(new URL('../../apps/cli/', import.meta.url));

it('finds of every command with --json what it prints', async () => {
  const commands = Object.entries(await allCommands()).filter(([, { flags }]) => Object.hasOwn(flags ?? {}, 'json'));
  const shapes = await Promise.all(commands.map(async ([id, command]) => [id, await jsonShape(command)] as const));
  expect(shapes.filter(([, shape]) => !shape).map(([id]) => id)).toEqual([]);
});

/** What needs no coordinator, with arguments with which it prints at least one. */
const CALLS: readonly (readonly [id: string, ...args: string[]])[] = [
  ['config show'],
  ['pause'],
  ['resume'],
  ['policy lint'],
  ['policy show'],
  ['policy test', '--server', 'here', '--', 'uptime'],
  ['redact test', 'LOG'],
  ['servers list'],
  ['servers test', 'here'],
  ['tools list'],
  ['audit show'],
  ['audit verify'],
  ['doctor', 'here'],
  ['run-command', 'here', '--', 'true'],
  ['completion', 'bash'],
  ['mcp install', 'claude', '--local', '--yes'],
  ['mcp uninstall', 'claude', '--print'],
  ['mcp uninstall', 'claude', '--yes'],
  ['plugins create', 'largest-files', '--folder', 'NEW'],
  ['plugins revoke', '@acme/pager'],
  ['policy init', '--force'],
];

describe('what is said of --json', () => {
  const before = { ...process.env };
  let commands: Awaited<ReturnType<typeof allCommands>>;
  let folder: string;

  beforeAll(async () => {
    [commands, folder] = [await allCommands(), await temporaryFolder()];
    const config = join(folder, 'config', 'profiles', 'default');
    process.env = {
      ...before,
      HOME: folder,
      SERVONAUT_CONFIG_DIR: join(folder, 'config'),
      SERVONAUT_STATE_DIR: join(folder, 'state'),
    };
    await mkdir(config, { recursive: true, mode: 0o700 });
    await writeFile(join(config, 'servers.yaml'), 'servers:\n  - { name: here, strategy: local }\n');
    await writeFile(
      join(config, 'policy.yaml'),
      'version: 1\nrules:\n  - { name: none, servers: [gone], decision: deny }\n',
    );
    await writeFile(join(folder, 'LOG'), 'DB_PASSWORD=swordfish7\n');
  });
  afterAll(() => {
    process.env = before;
    process.exitCode = 0;
  });
  afterEach(() => void jest.restoreAllMocks());

  it.each(CALLS)('holds for %s', async (id, ...args) => {
    const command = commands[id];
    if (!command) throw new Error(`There is no ${id}.`);
    let said = '';
    const keep = (text: unknown): boolean => Boolean((said += String(text)));
    jest.spyOn(process.stdout, 'write').mockImplementation(keep);
    jest.spyOn(console, 'error').mockReturnValue();
    jest.spyOn(console, 'log').mockImplementation((text) => void keep(`${String(text)}\n`));
    const given = args.map((one) => (one === 'LOG' || one === 'NEW' ? join(folder, one) : one));
    await command.run(['--json', ...given], { root: CLI }).catch(endOnly);
    const printed = parsed(said);
    const { all, needed } = membersOf((await jsonShape(command)) ?? '');
    expect(printed).not.toEqual([]);
    for (const names of printed.map(Object.keys)) {
      expect(needed.filter((name) => !names.includes(name))).toEqual([]);
      if (all !== undefined) expect(names.filter((name) => !all.includes(name))).toEqual([]);
    }
  });
});

/** One document of any form, or one a line. */
function parsed(said: string): object[] {
  const texts = /^[[{]\n/.test(said) ? [said] : said.trim().split('\n');
  return texts.flatMap((text) => JSON.parse(text) as object | object[]);
}

/** Of oclif, an exit is thrown. */
function endOnly(error: unknown): void {
  if ((error as { code?: string }).code !== 'EEXIT') throw error;
}

/** The names at the top of a shape, or of each in its list; `all` is undefined where it says that there may be more. */
function membersOf(shape: string): { readonly all: readonly string[] | undefined; readonly needed: readonly string[] } {
  let flat = shape.slice(shape.indexOf('{') + 1, shape.lastIndexOf('}'));
  for (let last = ''; last !== flat;) [last, flat] = [flat, flat.replace(/\{[^{}]*\}|\[[^[\]]*\]/g, '')];
  const names = [...flat.matchAll(/"(\w+)"(\??)/g)];
  const all = flat.includes('…') ? undefined : names.map(([, name = '']) => name);
  return { all, needed: names.filter(([, , mark]) => mark === '').map(([, name = '']) => name) };
}
