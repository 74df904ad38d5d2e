import {
  rawShell,
  ServonautError,
  sh,
  type ErrorCode,
  type ExecResult,
  type ShellCommand,
} from '@servonaut/plugin-sdk';
import { folderOf, stepsTo } from './path-input.ts';

interface Fault {
  readonly code: ErrorCode;
  /** @param said the first line that the script has written to stderr */
  readonly what: (path: string, server: string, said: string) => string;
  readonly nextStep?: string;
}

type ScriptEnd = Pick<ExecResult, 'exitCode' | 'stderr'>;

/** Exit codes that are told apart here, too. */
export const NOT_THERE = 81;
export const UNREADABLE = 84;
export const NO_FOLDER = 86;
export const EXISTS = 89;
export const CHANGED = 90;
export const TOO_LARGE = 93;

/** Why nothing is done with a path, by the exit code with which a script says so. */
const FAULTS: Readonly<Record<number, Fault>> = {
  [NOT_THERE]: {
    code: 'not_found',
    what: (path, server) => `There is no ${path} on ${server}.`,
    nextStep: 'Look with list_directory what there is.',
  },
  82: {
    code: 'invalid_request',
    what: (path, server) => `${path} on ${server} is a folder.`,
    nextStep: 'Give the path of a file in it; list_directory shows them.',
  },
  83: {
    code: 'invalid_request',
    what: (path, server) => `${path} on ${server} is not a regular file (a device, a pipe or a socket).`,
    nextStep: 'Give the path of a regular file.',
  },
  [UNREADABLE]: {
    code: 'tool_failed',
    what: (path, server) => `The SSH user has no permission to read ${path} on ${server}.`,
    nextStep: 'Ask the operator; what only root may read is read by run_command with sudo.',
  },
  85: {
    code: 'invalid_request',
    what: (path, server) => `${path} on ${server} is no folder.`,
    nextStep: 'Use read_file to see what is in a file.',
  },
  [NO_FOLDER]: {
    code: 'not_found',
    what: (path, server) => `There is no folder ${folderOf(path)} on ${server}, or the user may not look into it.`,
    nextStep: 'Look with list_directory which folders there are.',
  },
  87: {
    code: 'invalid_request',
    what: (path, server, said) =>
      `On the way to ${path} on ${server}, ${said} is a link, and links are not written through.`,
    nextStep: 'Find out with run_command ("readlink -f") where it leads, and give the path there if that is meant.',
  },
  [EXISTS]: {
    code: 'conflict',
    what: (path, server) => `${path} is there on ${server}, and was to be created. Nothing was written.`,
    nextStep: 'Look at it with read_file, and use mode replace or append if that is meant.',
  },
  [CHANGED]: {
    code: 'conflict',
    what: (path, server) => `${path} on ${server} is not the file with that SHA-256 any more. Nothing was written.`,
    nextStep: 'Look at it again with read_file, and write with the sha256 that it gives.',
  },
  91: { code: 'approval_stale', what: (path, server) => `${path} on ${server} has changed since the operator saw it.` },
  92: {
    code: 'connection_lost',
    what: (path, server) => `The content for ${path} did not reach ${server} in full. Nothing was written.`,
    nextStep: 'Try again.',
  },
  [TOO_LARGE]: {
    code: 'invalid_request',
    what: (path, server) => `${path} on ${server} is too large for this tool. Nothing was written.`,
    nextStep: 'Change it in place with run_command, or use transfer_file.',
  },
  94: {
    code: 'tool_failed',
    what: (path, server, said) => `${path} on ${server} could not be written: ${said}`,
    nextStep: 'Where only root may write use sudo, if the operator allows it.',
  },
  95: {
    code: 'tool_failed',
    what: (path, server) =>
      `${path} on ${server} belongs to another user, or has permissions that would be lost. Nothing was written.`,
    nextStep: 'Use sudo, by which owner and permissions are kept, if the operator allows it.',
  },
  96: {
    code: 'invalid_request',
    what: (path, server, said) =>
      `On the way to ${path} on ${server}, others than root may change ${said}, so root does not write there. Nothing was written.`,
    nextStep: 'Write without sudo as the owner of the folder, or ask the operator to give the folder to root alone.',
  },
};

/** What a script has found wrong with a path. */
export class PathFault extends ServonautError {
  readonly exitCode: number;

  /** @param exitCode one of those above */
  constructor(exitCode: number, path: string, server: string, said = '') {
    const fault = FAULTS[exitCode];
    if (!fault) throw new RangeError(`${exitCode} says nothing about a path.`);
    const { code, what, nextStep } = fault;
    super(code, { message: what(path, server, said), ...(nextStep !== undefined && { nextStep }) });
    this.exitCode = exitCode;
  }
}

/** @throws PathFault where the script has found something wrong with the path */
export function refuseFault({ exitCode, stderr }: ScriptEnd, path: string, server: string): void {
  if (exitCode === null || !FAULTS[exitCode]) return;
  const [said = ''] = stderr.trim().split('\n');
  throw new PathFault(exitCode, path, server, said.slice(0, 500));
}

/** Ends the script unless `path` leads to a file that may be read. A FIFO or a device would keep whoever reads it waiting. */
export function readableFile(path: string): ShellCommand {
  return sh`[ -e ${path} ] || { [ -x ${folderOf(path)} ] && exit 81; exit 86; }
[ ! -d ${path} ] || exit 82
[ -f ${path} ] || exit 83
[ -r ${path} ] || exit 84`;
}

/**
 * Ends the script where a link is on the way to `path`, or `path` is one: the policy has decided by the path, and would not know where that leads.
 */
export function withoutLinks(path: string): ShellCommand {
  const steps = stepsTo(path).map((step) => sh`[ ! -h ${step} ] || { printf '%s\n' ${step} >&2; exit 87; }`.text);
  return sh`${rawShell(steps.join('\n'))}
[ -d ${folderOf(path)} ] && [ -x ${folderOf(path)} ] || exit 86`;
}
