import { ServonautError, sh, type ErrorCode, type ExecResult, type ShellCommand } from '@servonaut/plugin-sdk';
import { agoInWords, givenTime } from './given-time.ts';
import { linesRead, type LogChoice } from './log-choice.ts';
import { JOURNAL_PRIORITIES } from './log-level.ts';
import type { LogSource } from './log-source.ts';
import { lineFilter } from './matching-lines.ts';

type JournalChoice = LogChoice & { readonly unit: string };

const NO_JOURNALCTL = 85;

/** What journalctl prints instead of failing when there is nothing to show. */
export const NO_ENTRIES = '-- No entries --';

/** What journalctl says on stderr, often with exit code 0. */
const FAULTS: readonly { says: RegExp; code: ErrorCode; what: (choice: JournalChoice, server: string) => string }[] = [
  {
    says: /Failed to parse timestamp/,
    code: 'invalid_request',
    what: ({ since, until }) =>
      `journalctl does not understand the time ${[since, until].flatMap((time) => (time === undefined ? [] : JSON.stringify(time))).join(' or ')}. Give an ISO 8601 time, or something like "1 hour ago" or "1h".`,
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

/** The last entries of a systemd unit. */
export function journal(choice: JournalChoice, server: string): LogSource {
  return {
    checks: sh`command -v journalctl >/dev/null 2>&1 || exit ${NO_JOURNALCTL}`,
    read: reader(choice),
    fault: (exec, isEmpty) => faultOf(exec, isEmpty, choice, server),
    nothing: nothingFound(choice),
  };
}

function faultOf(
  { exitCode, stderr }: ExecResult,
  isEmpty: boolean,
  choice: JournalChoice,
  server: string,
): ServonautError | undefined {
  if (exitCode === NO_JOURNALCTL)
    return new ServonautError('not_found', {
      message: `There is no journald on ${server}. Read the log file instead: give path.`,
    });
  if (!isEmpty) return undefined;
  const fault = FAULTS.find(({ says }) => says.test(stderr));
  return fault && new ServonautError(fault.code, { message: fault.what(choice, server) });
}

function nothingFound({ unit, since, until, level, grep }: JournalChoice): string {
  const narrowed = [
    since && `since ${since}`,
    until && `until ${until}`,
    level && `of level ${level} or worse`,
    grep && `with ${JSON.stringify(grep)}`,
  ]
    .filter(Boolean)
    .join(' ');
  return `The journal has no entries of the unit ${unit}${narrowed && ` ${narrowed}`}. If there should be some, check the name: systemctl list-units.`;
}

function reader(choice: JournalChoice): ShellCommand {
  const { unit, since, until, level, grep } = choice;
  const narrowed = [
    ...(since === undefined ? [] : [sh`--since=${journalTime(since)}`]),
    ...(until === undefined ? [] : [sh`--until=${journalTime(until)}`]),
    ...(level === undefined ? [] : [sh`--priority=${JOURNAL_PRIORITIES[level]}`]),
  ];
  const read = sh`journalctl --unit=${unit} --no-pager --output=short-iso ${narrowed}`;
  const lines = linesRead(choice);
  const filter = lineFilter({ grep });
  if (!filter) return sh`exec ${read} --lines=${lines}`;
  return sh`${filter.setup}
${read} ${filter.pipe} | tail -n ${lines}`;
}

/** Instants go as seconds since the epoch, which every systemd understands in the same time zone; its own words go as they are. */
function journalTime(text: string): string {
  const ago = agoInWords(text);
  if (ago !== undefined) return ago;
  const millis = givenTime(text);
  return millis === undefined ? text : `@${Math.floor(millis / 1_000)}`;
}
