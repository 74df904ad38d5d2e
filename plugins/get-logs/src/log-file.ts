import {
  ServonautError,
  sh,
  type ErrorCode,
  type ShellCommand,
  type ToolContext,
  type ToolReturn,
} from '@servonaut/plugin-sdk';
import { GREP_TEXT_OPTION, grepFor } from './matching-lines.ts';

export interface FileChoice {
  /** Absolute, so that it is neither an option nor `-` for standard input. */
  readonly path: string;
  readonly lines: number;
  readonly grep?: string | undefined;
}

/** Why a file is not read, by the exit code with which the script says so. A FIFO or a device would keep tail(1) waiting. */
const FAULTS: Readonly<Record<number, { code: ErrorCode; what: (path: string, server: string) => string }>> = {
  81: {
    code: 'not_found',
    what: (path, server) => `There is no file ${path} on ${server}, or the SSH user may not look into its folder.`,
  },
  82: {
    code: 'invalid_request',
    what: (path, server) => `${path} on ${server} is a folder. Give the path of a file in it.`,
  },
  83: {
    code: 'invalid_request',
    what: (path, server) => `${path} on ${server} is not a regular file (a device, a pipe or a socket).`,
  },
  84: { code: 'tool_failed', what: (path, server) => `The SSH user has no permission to read ${path} on ${server}.` },
};

/**
 * The last lines of a file, also when the last one has no line end.
 * @throws ServonautError `not_found`, `invalid_request` or `tool_failed` saying what is wrong with the file
 */
export async function readFile(choice: FileChoice, context: ToolContext): Promise<ToolReturn<never>> {
  const exec = await context.exec(script(choice));
  const fault = FAULTS[exec.exitCode ?? 0];
  if (fault) throw new ServonautError(fault.code, { message: fault.what(choice.path, context.server.name) });
  if (exec.exitCode !== 0 || exec.stdoutBytes > 0) return { exec };
  return {
    exec,
    output:
      choice.grep === undefined
        ? `${choice.path} is empty.`
        : `No line of ${choice.path} contains ${JSON.stringify(choice.grep)}.`,
  };
}

function script(choice: FileChoice): ShellCommand {
  return sh`path=${choice.path}
[ -e "$path" ] || exit 81
[ ! -d "$path" ] || exit 82
[ -f "$path" ] || exit 83
[ -r "$path" ] || exit 84
${reader(choice)}`;
}

function reader({ lines, grep }: FileChoice): ShellCommand {
  if (grep === undefined) return sh`exec tail -n ${lines} -- "$path"`;
  return sh`${GREP_TEXT_OPTION}
${grepFor(grep)} -- "$path" | tail -n ${lines}`;
}
