import { Errors } from '@oclif/core';
import { nearestNames, ServonautError } from '@servonaut/contracts';

/** Of a command, what a mistyped line could have meant. */
export interface KnownCommand {
  readonly id: string;
  readonly flags: Readonly<Record<string, unknown>>;
}

/** What oclif says of a flag while it has parsed nothing yet, which it throws as it throws everything else. */
const UNPARSED = /^(?:Parsing --\S+ \n|Flag --\S+ (?:expects|can only)|Unexpected flag )/;

/**
 * What oclif says of a command line that it does not understand, in the form that all our errors have. Undefined for everything else.
 * @param argv what was typed
 */
export function usageError(
  error: unknown,
  argv: readonly string[],
  commands: readonly KnownCommand[],
): ServonautError | undefined {
  if (!(error instanceof Errors.CLIError)) return undefined;
  const [, unknown] = /^command (.+) not found$/.exec(error.message) ?? [];
  if (unknown !== undefined) return unknownCommand(unknown.replaceAll(':', ' '), commands);
  if (!('parse' in error) && !UNPARSED.test(error.message)) return undefined;
  const told = error.message.replace(/^Parsing (--\S+) \n\s*/, '$1: ');
  const [said = ''] = told.split(/\n\s*(?:Note: |See more help)/);
  const command = commandOf(argv, commands);
  const wrong = 'flags' in error && Array.isArray(error.flags) ? String(error.flags[0]) : undefined;
  const flags = Object.keys(command?.flags ?? {}).map((name) => `--${name}`);
  const [meant] = wrong === undefined ? [] : nearestNames(wrong, flags);
  const name = command ? `servonaut ${command.id.replaceAll(':', ' ')}` : 'servonaut';
  return invalid(
    said.replace(/\s*\n\s*/g, ' ').replace(/\.?$/, '.'),
    `${meant ? `Did you mean ${meant}? ` : ''}"${name} --help" shows what it takes.`,
    error,
  );
}

function unknownCommand(typed: string, commands: readonly KnownCommand[]): ServonautError {
  const ids = commands.map(({ id }) => id.replaceAll(':', ' '));
  const [meant] = nearestNames(typed, ids);
  return invalid(
    `There is no command "${typed}".`,
    `${meant ? `Did you mean "servonaut ${meant}"? ` : ''}"servonaut --help" shows all of them.`,
  );
}

function invalid(message: string, nextStep: string, cause?: unknown): ServonautError {
  return new ServonautError('invalid_request', { message, nextStep, cause });
}

/** The longest one with which the line begins. */
function commandOf(argv: readonly string[], commands: readonly KnownCommand[]): KnownCommand | undefined {
  const known = new Map(commands.map((command) => [command.id, command]));
  const beginnings = argv.map((_, at) => argv.slice(0, at + 1).join(':'));
  return beginnings.map((id) => known.get(id)).findLast((command) => command !== undefined);
}
