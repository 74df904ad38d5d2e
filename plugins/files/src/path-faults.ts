import { ServonautError, sh, type ErrorCode, type ShellCommand } from '@servonaut/plugin-sdk';

type Fault = readonly [code: ErrorCode, what: (path: string, server: string) => string, nextStep?: string];

/** Why nothing is done with a path, by the exit code with which a script says so. */
const FAULTS: Readonly<Record<number, Fault>> = {
  81: [
    'not_found',
    (path, server) => `There is no ${path} on ${server}, or the SSH user may not look into its folder.`,
    'Look with list_directory what there is.',
  ],
  82: [
    'invalid_request',
    (path, server) => `${path} on ${server} is a folder.`,
    'Give the path of a file in it; list_directory shows them.',
  ],
  83: [
    'invalid_request',
    (path, server) => `${path} on ${server} is not a regular file (a device, a pipe or a socket).`,
    'Give the path of a regular file.',
  ],
  84: [
    'tool_failed',
    (path, server) => `The SSH user has no permission to read ${path} on ${server}.`,
    'Ask the operator; what only root may read is read by run_command with sudo.',
  ],
  85: [
    'invalid_request',
    (path, server) => `${path} on ${server} is no folder.`,
    'Use read_file to see what is in a file.',
  ],
};

/** @throws ServonautError that says what is wrong with the path, where the script has found something */
export function refuseFault(exitCode: number | null, path: string, server: string): void {
  const [code, what, nextStep] = FAULTS[exitCode ?? 0] ?? [];
  if (code && what) throw new ServonautError(code, { message: what(path, server), ...(nextStep && { nextStep }) });
}

/** Ends the script unless `path` leads to a file that may be read. A FIFO or a device would keep whoever reads it waiting. */
export function readableFile(path: string): ShellCommand {
  return sh`[ -e ${path} ] || exit 81
[ ! -d ${path} ] || exit 82
[ -f ${path} ] || exit 83
[ -r ${path} ] || exit 84`;
}
