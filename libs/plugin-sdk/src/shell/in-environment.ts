import { ServonautError } from '@servonaut/contracts';
import { rawShell, sh } from './sh.ts';
import type { ShellCommand } from './shell-command.ts';

/** Names that every shell takes (POSIX.1-2024, Base Definitions, 8.1). */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * The command with these variables set and exported, for all of it. They stand in its text, where the operator's policy reads them: as it reads what a
 * caller writes before a command, so that one which changes what is run makes it worse. Other users of the server can see them while it runs.
 * @throws ServonautError `invalid_request` for a name that is none, and a value that no process can receive
 */
export function inEnvironment(command: ShellCommand, variables: Readonly<Record<string, string>>): ShellCommand {
  const settings = Object.entries(variables).map(([name, value]) => sh`export ${nameOf(name)}=${value}`.text);
  // On lines of their own and not before the command, which may be several.
  return settings.length === 0 ? command : rawShell([...settings, command.text].join('\n'));
}

function nameOf(name: string): ShellCommand {
  if (VARIABLE_NAME.test(name)) return rawShell(name);
  throw new ServonautError('invalid_request', {
    message: `${JSON.stringify(name.slice(0, 128))} cannot be the name of a variable.`,
    nextStep: 'Name it with letters, digits and _, not beginning with a digit.',
  });
}
