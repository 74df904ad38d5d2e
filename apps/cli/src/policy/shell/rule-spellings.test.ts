import { describe, expect, it } from '@jest/globals';
import { classifyCommand } from './classify-command.ts';
import { commandFileSchema } from './command-file-schema.ts';
import { CommandTable, loadCommandTable } from './command-table.ts';
import type { CommandClass } from './command-verdict.ts';
import { plainRule, ruleOf } from './rule-of.ts';

const fields = {
  class: 'read-only',
  options: { 'read-only': '-a --format== -L=>', sent: '-h=', here: '-O', mutating: '--write' },
  values: { '--format': { unlisted: 'read-only', holding: { mutating: '%output{' } } },
};
const { commands } = commandFileSchema.parse({
  commands: {
    plain: fields,
    one: { ...fields, operands: { single: 'read-only', mutating: 'a.*', unlisted: 'forbidden' } },
    first: { ...fields, style: 'first' },
    alone: { ...fields, alone: 'forbidden' },
    within: {
      ...fields,
      alone: 'forbidden',
      subcommands: { ping: 'read-only', get: { class: 'read-only', alone: 'here' } },
    },
    key: { ...fields, operands: { unlisted: 'read-only', holding: { privileged: '=' } } },
    url: { ...fields, operands: { forbidden: 'ext:*', unlisted: 'sent' } },
    two: { ...fields, operands: { unlisted: 'read-only', second: 'written' } },
    path: { ...fields, operands: { 'read-only': '/etc/apt/*', unlisted: 'privileged' } },
    send: { class: 'read-only', subcommands: { to: { class: 'read-only', input: 'mutating' } }, options: {} },
    echo: 'read-only',
    cat: 'read-only',
    fetch: { ...fields, operands: 'here' },
    cd: { class: 'read-only', options: {}, operands: { unlisted: 'folder', absent: '~' } },
  },
});
const ours = loadCommandTable();
const rules = new Map(
  Object.entries(commands).map(
    ([name, rule]) =>
      [name, typeof rule === 'string' ? plainRule(rule) : ruleOf(rule as Parameters<typeof ruleOf>[0])] as const,
  ),
);
const table = new CommandTable({ version: '', rules, paths: ours.paths, variables: ours.variables });

const CASES: readonly (readonly [string, CommandClass])[] = [
  ['plain', 'read-only'],
  ['plain --format=x', 'read-only'],
  ['plain --format', 'forbidden'],
  ['plain --format --write', 'forbidden'],
  ['plain --format=a%output{b', 'mutating'],
  ['plain --format="$x"', 'mutating'],
  ['one a.b', 'read-only'],
  ['one x', 'read-only'],
  ['one a.b x', 'forbidden'],
  ['one {a.b,x}', 'forbidden'],
  ['first x --write', 'read-only'],
  ['first --write x', 'mutating'],
  ['plain -L 2 x', 'read-only'],
  ['plain -aL 2 x', 'read-only'],
  ['plain -L2 x', 'forbidden'],
  ['plain -La x', 'forbidden'],
  ['plain -h example.com', 'read-only'],
  ['plain -h "$(cat secret).example.com"', 'mutating'],
  ['plain "-h$(cat secret)"', 'mutating'],
  ['plain -O', 'mutating'],
  ['cd /srv; plain -O', 'privileged'],
  ['alone', 'forbidden'],
  ['alone -a', 'forbidden'],
  ['alone x', 'read-only'],
  ['within', 'forbidden'],
  ['within ping', 'read-only'],
  ['within ping --unknown', 'forbidden'],
  ['within ping -a', 'read-only'],
  ['within get x', 'read-only'],
  ['within get', 'mutating'],
  ['cd /srv; within get', 'privileged'],
  ['key a.b', 'read-only'],
  ['key a.b=1', 'privileged'],
  ['key a"$x"', 'privileged'],
  ['url http://x', 'read-only'],
  ['url "http://x/$y"', 'mutating'],
  ['two a', 'read-only'],
  ['two a b', 'mutating'],
  ['two a /etc/x', 'privileged'],
  ['two ./*', 'mutating'],
  ['path /etc/apt/x', 'read-only'],
  ['path /etc/apt/../x', 'privileged'],
  ['path /etc/apt//x', 'privileged'],
  ['path "/etc/apt/$x"', 'privileged'],
  ['path /srv', 'privileged'],
  ['fetch', 'read-only'],
  ['fetch x', 'mutating'],
  ['cd /; fetch x', 'forbidden'],
  ['cd', 'read-only'],
  ['send to x', 'mutating'],
  ['cat x | send to x', 'mutating'],
  ['echo | send to x', 'read-only'],
  ['echo "$x" | send to x', 'mutating'],
  ['{ send to x; } < f', 'mutating'],
  ['send to x < /dev/null', 'read-only'],
  ['send to x < /dev/null < f', 'mutating'],
  ['send to x <<< Q', 'mutating'],
  ["send to x <<< ''", 'read-only'],
];

describe('what a rule can say', () => {
  it.each(CASES)('takes %j for %s', (command, expected) => {
    const { class: found, reason } = classifyCommand(command, table);
    expect([found, reason]).toEqual([expected, reason]);
  });
});
