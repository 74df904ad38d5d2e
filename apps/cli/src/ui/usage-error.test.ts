import { Errors, Flags, Parser } from '@oclif/core';
import { expect, it } from '@jest/globals';
import { usageError } from './usage-error.ts';

const FLAGS = {
  profile: Flags.string({}),
  level: Flags.option({ options: ['readonly', 'standard'] as const })(),
  limit: Flags.integer({ min: 1, max: 200 }),
};
const COMMANDS = [
  { id: 'connect', flags: {} },
  { id: 'policy:init', flags: FLAGS },
];
const faultOf = (...words: string[]): Promise<unknown> =>
  Parser.parse(words, { flags: FLAGS, strict: true }).catch((error: unknown) => error);
const line = (...words: string[]): string[] => ['policy', 'init', ...words];

it('names a flag that was meant, and the help of the command', async () => {
  const error = await faultOf('--profil', 'x');
  expect(usageError(error, line('--profil', 'x'), COMMANDS)).toMatchObject({
    code: 'invalid_request',
    message: 'Nonexistent flag: --profil.',
    nextStep: 'Did you mean --profile? "servonaut policy init --help" shows what it takes.',
  });
});

it('says which values there are', async () => {
  const error = await faultOf('--level', 'x');
  expect(usageError(error, line('--level', 'x'), COMMANDS)).toMatchObject({
    message: 'Expected --level=x to be one of: readonly, standard.',
    nextStep: '"servonaut policy init --help" shows what it takes.',
  });
});

it('names a command that was meant', () => {
  const error = new Errors.CLIError('command conect not found');
  expect(usageError(error, ['conect'], COMMANDS)).toMatchObject({
    message: 'There is no command "conect".',
    nextStep: 'Did you mean "servonaut connect"? "servonaut --help" shows all of them.',
  });
});

it.each([
  [['--limit', 'ten'], '--limit: Expected an integer but received: ten.'],
  [['--limit', '0'], '--limit: Expected an integer greater than or equal to 1 but received: 0.'],
  [['--profile'], 'Flag --profile expects a value.'],
  [['--profile', 'a', '--profile', 'b'], 'Flag --profile can only be specified once.'],
])('understands what oclif says without what it has parsed: %j', async (words, message) => {
  const error = await faultOf(...words);
  expect(usageError(error, line(...words), COMMANDS)).toMatchObject({
    code: 'invalid_request',
    message,
    nextStep: '"servonaut policy init --help" shows what it takes.',
  });
});

it('leaves everything else as it is', () => {
  expect(usageError(new Errors.ExitError(0), [], COMMANDS)).toBeUndefined();
  expect(usageError(new Errors.CLIError('other'), [], COMMANDS)).toBeUndefined();
  expect(usageError(new Error('command x not found'), [], COMMANDS)).toBeUndefined();
});
