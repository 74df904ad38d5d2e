import { ServonautError, sh, type ErrorCode, type ShellCommand } from '@servonaut/plugin-sdk';
import { linesRead, type LogChoice } from './log-choice.ts';
import type { LogSource } from './log-source.ts';
import { lineFilter } from './matching-lines.ts';

/** `path` is absolute, so that it is neither an option nor `-` for standard input. */
type FileChoice = LogChoice & { readonly path: string };

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
  86: {
    code: 'not_found',
    what: (path, server) =>
      `${server} has no program that unpacks ${path}: gzip, xz, zstd or bzip2, by the end of its name.`,
  },
};

/** The last lines of a file, also when the last one has no line end. */
export function logFile(choice: FileChoice, server: string): LogSource {
  const { path, grep, level } = choice;
  const unpacker = unpackerOf(path);
  return {
    checks: sh`path=${path}
${READABLE}
${unpacker ? sh`command -v ${unpacker.program} >/dev/null 2>&1 || exit 86` : []}`,
    read: reader(choice),
    fault: ({ exitCode }) => {
      const fault = FAULTS[exitCode ?? 0];
      return fault && new ServonautError(fault.code, { message: fault.what(path, server) });
    },
    nothing: nothingFound(path, grep, level),
  };
}

function nothingFound(path: string, grep: string | undefined, level: string | undefined): string {
  const wanted = [grep && `contains ${JSON.stringify(grep)}`, level && `says the level ${level} or a worse one`];
  const narrowed = wanted.filter(Boolean).join(' and ');
  return narrowed === '' ? `${path} is empty.` : `No line of ${path} ${narrowed}.`;
}

const READABLE = sh`[ -e "$path" ] || exit 81
[ ! -d "$path" ] || exit 82
[ -f "$path" ] || exit 83
[ -r "$path" ] || exit 84`;

/** What unpacks a file, by the end of its name. */
const UNPACKERS = {
  gz: { program: 'gzip', options: '-dc' },
  xz: { program: 'xz', options: '-dc' },
  zst: { program: 'zstd', options: '-dcq' },
  bz2: { program: 'bzip2', options: '-dc' },
};

function unpackerOf(path: string): (typeof UNPACKERS)[keyof typeof UNPACKERS] | undefined {
  const ending = /\.(gz|xz|zst|bz2)$/.exec(path)?.[1] as keyof typeof UNPACKERS | undefined;
  return ending && UNPACKERS[ending];
}

function reader(choice: FileChoice): ShellCommand {
  const lines = linesRead(choice);
  const filter = lineFilter(choice);
  const unpacker = unpackerOf(choice.path);
  if (!filter && !unpacker) return sh`exec tail -n ${lines} -- "$path"`;
  const whole = unpacker ? sh`${unpacker.program} ${unpacker.options} -- "$path"` : sh`cat -- "$path"`;
  return sh`${filter ? filter.setup : []}
${whole} ${filter ? filter.pipe : []} | tail -n ${lines}`;
}
