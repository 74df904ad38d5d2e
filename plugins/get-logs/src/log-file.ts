import { ServonautError, sh, type ErrorCode, type ShellCommand } from '@servonaut/plugin-sdk';
import { boundsOf } from './given-time.ts';
import { linesRead, type LogChoice } from './log-choice.ts';
import type { LogSource } from './log-source.ts';
import { lineFilter } from './matching-lines.ts';
import { HAS_ROTATED, isRotated, ROTATED_LISTED, rotatedFiles } from './rotated-files.ts';
import { withRotated } from './rotated-log.ts';
import { unpackerOf } from './unpacker.ts';

/** `path` is absolute, so that it is neither an option nor `-` for standard input. */
type FileChoice = LogChoice & { readonly path: string };

/** Why a file is not read, by the exit code with which the script says so. A FIFO or a device would keep tail(1) waiting. */
const FAULTS: Readonly<
  Record<number, { code: ErrorCode; what: (path: string, server: string) => string; nextStep?: string }>
> = {
  81: {
    code: 'not_found',
    what: (path, server) => `There is no file ${path} on ${server}, or the SSH user may not look into its folder.`,
    nextStep: 'Look with list_directory what there is.',
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
  86: {
    code: 'not_found',
    what: (path, server) =>
      `${server} has no program that unpacks ${path}: gzip, xz, zstd or bzip2, by the end of its name.`,
    nextStep: 'Install it there, or read a file that is not packed.',
  },
};

/** The last lines of a file, also when the last one has no line end, and of its rotated files where there are some. */
export function logFile(choice: FileChoice, server: string): LogSource {
  const { path } = choice;
  const unpacker = unpackerOf(path);
  const bounds = boundsOf(choice);
  const file: LogSource = {
    checks: sh`path=${path}
${READABLE}
${unpacker ? sh`command -v ${unpacker.program} >/dev/null 2>&1 || exit 86` : []}`,
    read: reader(choice),
    ...(bounds && { bounds }),
    fault: ({ exitCode }) => {
      const fault = FAULTS[exitCode ?? 0];
      if (!fault) return undefined;
      return new ServonautError(fault.code, {
        message: fault.what(path, server),
        ...(fault.nextStep && { nextStep: fault.nextStep }),
      });
    },
    nothing: nothingFound(choice),
  };
  if (isRotated(path)) return file;
  return {
    ...file,
    checks: sh`${file.checks}
${ROTATED_LISTED}`,
    instead: ({ exitCode, stderr }) =>
      exitCode === HAS_ROTATED ? withRotated(choice, file, rotatedFiles(stderr, path)) : undefined,
  };
}

function nothingFound({ path, grep, level, since, until }: FileChoice): string {
  const wanted = [
    grep && `contains ${JSON.stringify(grep)}`,
    level && `says the level ${level} or a worse one`,
    (since ?? until) && 'is of that time',
  ];
  const narrowed = wanted.filter(Boolean).join(' and ');
  return narrowed === '' ? `${path} is empty.` : `No line of ${path} ${narrowed}.`;
}

const READABLE = sh`[ -e "$path" ] || exit 81
[ ! -d "$path" ] || exit 82
[ -f "$path" ] || exit 83
[ -r "$path" ] || exit 84`;

function reader(choice: FileChoice): ShellCommand {
  const filter = lineFilter(choice);
  const unpacker = unpackerOf(choice.path);
  const last = tail(choice);
  if (!filter && !unpacker) return last ? sh`exec ${last} -- "$path"` : sh`exec cat -- "$path"`;
  const whole = unpacker ? sh`${unpacker.command} "$path"` : sh`cat -- "$path"`;
  return sh`${filter ? filter.setup : []}
${whole} ${filter ? filter.pipe : []} ${last ? sh`| ${last}` : []}`;
}

/** Which lines are the last up to a time is only known where their times are read. */
export function tail(choice: LogChoice): ShellCommand | undefined {
  return choice.until === undefined ? sh`tail -n ${linesRead(choice)}` : undefined;
}
