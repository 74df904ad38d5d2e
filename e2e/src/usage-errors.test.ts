import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { anOperator, type TestOperator } from '@servonaut/testkit';

describe('a command line that is not understood, with --json', () => {
  let operator: TestOperator;
  beforeAll(async () => {
    operator = await anOperator({ servers: [], knownHosts: [] });
  });

  it.each([
    ['an unknown command', 'conect --json', '"conect"'],
    ['an unknown flag', 'status --profil x --json', '--profil'],
    ['a missing argument', 'run-command --json', 'server'],
    ['an argument too many', 'mcp serve extra --json', 'extra'],
    ['a number that is none', 'audit show -n ten --json', '--number: Expected an integer but received: ten.'],
    ['a number that is none, of a tool', 'get-logs web-1 --lines ten --json', '--lines: Expected an integer'],
    ['a number out of bounds', 'get-logs web-1 --lines 0 --json', '--lines: Expected an integer greater than'],
    ['a value that is none of those there are', 'completion csh --json', 'bash, zsh, fish'],
    ['a flag without its value', 'status --json --profile', '--profile expects a value'],
    ['a flag twice', 'status --profile a --profile b --json', '--profile can only be specified once'],
    ['flags that exclude each other', 'connect --install --uninstall --json', '--uninstall'],
  ])('is told as JSON and with exit code 2: %s', async (_, line, named) => {
    const { code, stdout, stderr } = await operator.run(line.split(' '));
    expect([code, stderr]).toEqual([2, '']);
    const { error } = JSON.parse(stdout);
    expect(Object.keys(error)).toEqual(['code', 'message', 'next_step', 'retryable']);
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining(named) });
  });
});

it('has JSON of what nobody has thought of, too', async () => {
  const operator = await anOperator({ servers: [], knownHosts: [] });
  writeFileSync(operator.stateDir, 'no folder');
  const { code, stdout, stderr } = await operator.run(['audit', 'show', '--json']);
  expect([code, stderr]).toEqual([70, '']);
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'internal', message: expect.stringContaining('ENOTDIR') });
});
