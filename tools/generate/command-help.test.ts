import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { allCommands, COMMAND_HELP_FILE, commandHelpSource } from './command-help-source.ts';

it('finds in docs/commands.md the help that every command has now (else: npm run generate)', async () => {
  expect(await readFile(COMMAND_HELP_FILE, 'utf8')).toBe(await commandHelpSource());
});

it('finds an example of every command, which is a call of that command', async () => {
  const faults = Object.entries(await allCommands()).filter(([id, { examples }]) => {
    const calls = examples.map((one) => (typeof one === 'string' ? one : one.command));
    const isCall = (text: string): boolean => /<%= (?:config\.bin|command\.id) %>/.test(text) || text.includes(id);
    return (
      calls.length === 0 || !calls.every((text) => isCall(text) && (text.includes(id) || text.includes('command.id')))
    );
  });
  expect(faults.map(([id]) => id)).toEqual([]);
});

/** Commands without `--json`, and why; of all others, what they print has a shape that can be read by a program. */
const WITHOUT_JSON: Readonly<Record<string, string>> = {
  completion: 'prints a script',
  'mcp install': 'shows a change of a file and asks',
  'mcp serve': 'speaks MCP on stdout',
  'mcp uninstall': 'shows a change of a file and asks',
  'plugins allow': 'shows what a plugin brings and asks',
  'plugins create': 'writes a folder',
  'plugins revoke': 'its exit code says all',
  'plugins uninstall': 'its exit code says all',
  'policy init': 'asks, and writes a file',
  'secrets remove': 'its exit code says all',
  'secrets set': 'its exit code says all',
  'servers sudo': 'its exit code says all',
  'servers trust': 'shows a host key and asks',
};

it('finds --json in every command, or a reason why not', async () => {
  const without = Object.entries(await allCommands()).filter(([, { flags }]) => !Object.hasOwn(flags ?? {}, 'json'));
  expect(without.map(([id]) => id).filter((id) => !Object.hasOwn(WITHOUT_JSON, id))).toEqual([]);
});
