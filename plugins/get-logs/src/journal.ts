import {
  ServonautError,
  sh,
  type ErrorCode,
  type ExecResult,
  type ShellCommand,
  type ToolContext,
  type ToolReturn,
} from '@servonaut/plugin-sdk';
import { GREP_TEXT_OPTION, grepFor } from './matching-lines.ts';

export interface JournalChoice {
  readonly unit: string;
  readonly lines: number;
  readonly since?: string | undefined;
  readonly grep?: string | undefined;
}

const NO_JOURNALCTL = 85;

/** What journalctl prints instead of failing when there is nothing to show. */
const NO_ENTRIES = '-- No entries --';

/** What journalctl says on stderr, often with exit code 0. */
const FAULTS: readonly { says: RegExp; code: ErrorCode; what: (choice: JournalChoice, server: string) => string }[] = [
  {
    says: /Failed to parse timestamp/,
    code: 'invalid_request',
    what: ({ since }) =>
      `journalctl does not understand the time ${JSON.stringify(since)}. Give an ISO 8601 time, or something like "1 hour ago".`,
  },
  {
    says: /insufficient permissions/i,
    code: 'tool_failed',
    what: (_choice, server) =>
      `The SSH user may not read the journal on ${server}. It has to be in the group systemd-journal or adm.`,
  },
  {
    says: /No journal files were found/,
    code: 'not_found',
    what: (_choice, server) => `${server} keeps no journal. Read the log file instead: give path.`,
  },
];

/**
 * The last entries of a systemd unit.
 * @throws ServonautError `not_found`, `invalid_request` or `tool_failed` saying why there is no journal to read
 */
export async function readJournal(choice: JournalChoice, context: ToolContext): Promise<ToolReturn<never>> {
  const exec = await context.exec(script(choice));
  const fault = faultOf(exec, choice, context.server.name);
  if (fault) throw fault;
  if (exec.exitCode !== 0 || !isEmpty(exec)) return { exec };
  return { exec: { ...exec, stdout: '' }, output: nothingFound(choice) };
}

function faultOf(
  { exitCode, stdout, stderr }: ExecResult,
  choice: JournalChoice,
  server: string,
): ServonautError | undefined {
  if (exitCode === NO_JOURNALCTL)
    return new ServonautError('not_found', {
      message: `There is no journald on ${server}. Read the log file instead: give path.`,
    });
  if (stdout !== '' && !stdout.startsWith(NO_ENTRIES)) return undefined;
  const fault = FAULTS.find(({ says }) => says.test(stderr));
  return fault && new ServonautError(fault.code, { message: fault.what(choice, server) });
}

function isEmpty({ stdout, stdoutBytes }: ExecResult): boolean {
  return stdoutBytes === 0 || stdout.trim() === NO_ENTRIES;
}

function nothingFound({ unit, since, grep }: JournalChoice): string {
  const narrowed = [since && `since ${since}`, grep && `with ${JSON.stringify(grep)}`].filter(Boolean).join(' ');
  return `The journal has no entries of the unit ${unit}${narrowed && ` ${narrowed}`}. If there should be some, check the name: systemctl list-units.`;
}

function script({ unit, lines, since, grep }: JournalChoice): ShellCommand {
  const from = since === undefined ? [] : [sh`--since=${journalTime(since)}`];
  const read = sh`journalctl --unit=${unit} --no-pager --output=short-iso ${from}`;
  const present = sh`command -v journalctl >/dev/null 2>&1 || exit ${NO_JOURNALCTL}
${GREP_TEXT_OPTION}`;
  if (grep === undefined)
    return sh`${present}
exec ${read} --lines=${lines}`;
  return sh`${present}
${read} | ${grepFor(grep)} | tail -n ${lines}`;
}

/** ISO times go as seconds since the epoch, which every systemd understands in the same time zone; its own words go as they are. */
function journalTime(since: string): string {
  const isIso = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/.test(since);
  const millis = isIso ? Date.parse(since) : Number.NaN;
  return Number.isNaN(millis) ? since : `@${Math.floor(millis / 1_000)}`;
}
