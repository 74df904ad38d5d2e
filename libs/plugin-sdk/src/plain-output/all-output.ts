import { ServonautError } from '@servonaut/contracts';
import type { ShellCommand } from '../shell/shell-command.ts';
import type { ExecResult, ToolContext } from '../tool-context.ts';
import { plainText } from './plain-text.ts';

/** Most bytes of output that a tool reads at once: tens of thousands of processes. */
export const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Runs a command whose output a tool parses, and reads all of it as plain text: of an answer only head and tail would be kept, and a list would lose
 * its middle.
 * @throws ServonautError `tool_failed` for more than `most` bytes; the command is stopped then
 */
export async function allOutput(
  context: Pick<ToolContext, 'exec'>,
  command: ShellCommand,
  most = MOST_OUTPUT_BYTES,
): Promise<{ readonly exec: ExecResult; readonly stdout: string }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const exec = await context.exec(command, {
    consume: (chunk) => {
      bytes += chunk.length;
      if (bytes > most) throw tooLong(most);
      chunks.push(chunk);
    },
  });
  return { exec, stdout: plainText(Buffer.concat(chunks)) };
}

function tooLong(most: number): ServonautError {
  return new ServonautError('tool_failed', {
    message: `The command has put out more than ${most} bytes, so that its list would not be whole.`,
    nextStep: 'Ask for less, or for what is wanted by run_command.',
  });
}
