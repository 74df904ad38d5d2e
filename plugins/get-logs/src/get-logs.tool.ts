import { defineTool, z } from '@servonaut/plugin-sdk';
import { readFile } from './log-file.ts';
import { readJournal } from './journal.ts';

const MOST_LINES = 10_000;
const LINES = 100;

export const getLogs = defineTool({
  name: 'get_logs',
  title: 'Get logs',
  description:
    'Returns the last lines of one log on one server: of a file (path) or of a systemd unit in the journal (unit); give exactly one of the two. Use it to find out why something failed. Start with the default 100 lines, narrow by grep (plain text, not a regular expression; the last matching lines are returned) and, in the journal, by since, rather than asking for thousands of lines. It reads only and never follows a log. If you do not know where an application logs, try its unit first, or list /var/log with run_command. For compressed or rotated logs use run_command with zgrep.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z
    .object({
      path: z
        .string()
        .max(4_096)
        .startsWith('/', 'expected an absolute path')
        .optional()
        .describe('Absolute path of a log file, such as /var/log/nginx/error.log.'),
      unit: z
        .string()
        .max(256)
        .regex(/^[A-Za-z0-9:_.\\@-]+$/, 'expected the name of a systemd unit')
        .optional()
        .describe('Name of a systemd unit, such as nginx or ssh.service, whose journal is read.'),
      lines: z.int().min(1).max(MOST_LINES).default(LINES).describe('How many of the last lines.'),
      since: z
        .string()
        .min(1)
        .max(64)
        .regex(/^[^\p{Cc}]+$/u, 'expected one line')
        .optional()
        .describe(
          'With unit: only entries from then on. An ISO 8601 time ("2026-11-22T10:00:00Z"), or as journalctl takes it ("1 hour ago", "today").',
        ),
      grep: z
        .string()
        .min(1)
        .max(1_024)
        .regex(/^[^\n\r]+$/, 'expected one line')
        .optional()
        .describe('Only lines that contain this text, upper and lower case as given.'),
    })
    .refine(({ path, unit }) => (path === undefined) !== (unit === undefined), {
      error: 'Give exactly one of path and unit.',
      path: ['path'],
    })
    .refine(({ path, since }) => path === undefined || since === undefined, {
      error: 'since goes with unit only; narrow a file by grep.',
      path: ['since'],
    }),
  cli: {
    examples: [
      '<%= config.bin %> get-logs web-1 --path /var/log/syslog --lines 50',
      '<%= config.bin %> get-logs web-1 --unit nginx --since "1 hour ago" --grep error',
    ],
  },

  async run({ path, unit, ...choice }, context) {
    return path === undefined
      ? readJournal({ unit: unit ?? '', ...choice }, context)
      : readFile({ path, ...choice }, context);
  },
});
