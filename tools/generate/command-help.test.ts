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
  'mcp serve': 'speaks MCP on stdout, which is JSON',
};

it('finds --json in every command, or a reason why not', async () => {
  const without = Object.entries(await allCommands()).filter(([, { flags }]) => !Object.hasOwn(flags ?? {}, 'json'));
  expect(without.map(([id]) => id)).toEqual(Object.keys(WITHOUT_JSON));
});
