import { sh } from './sh.ts';
import type { ShellCommand } from './shell-command.ts';

/**
 * The command where a tool starts it for its caller. The executor knows it in this form as the one of `CallerCommand.text` and `.directory`.
 * @param folder undefined for the login folder
 */
export function inFolder(command: ShellCommand, folder: string | undefined): ShellCommand {
  if (folder === undefined) return command;
  // On a line of its own and not behind `&&`, which would bind only the first command of several.
  return sh`cd -- ${folder} || exit
${command}`;
}
