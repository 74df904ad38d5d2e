import { z } from '@servonaut/plugin-sdk';

const MOST_LINES = 10_000;
/** Of a summary, which is as long however many lines there are. */
const MOST_SUMMARIZED = 1_000_000;

export const logChoiceSchema = z
  .object({
    path: z
      .string()
      .max(4_096)
      .startsWith('/', 'expected an absolute path')
      .optional()
      .describe(
        'Absolute path of a log file, such as /var/log/nginx/error.log. One that ends in .gz, .xz, .zst or .bz2 is unpacked.',
      ),
    unit: z
      .string()
      .max(256)
      .regex(/^[A-Za-z0-9:_.\\@-]+$/, 'expected the name of a systemd unit')
      .optional()
      .describe('Name of a systemd unit, such as nginx or ssh.service, whose journal is read.'),
    lines: z
      .int()
      .min(1)
      .max(MOST_SUMMARIZED)
      .optional()
      .describe(
        `How many of the last lines: 100 unless given, at most ${MOST_LINES}. With summarize 100000, at most ${MOST_SUMMARIZED}.`,
      ),
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
    summarize: z
      .boolean()
      .default(false)
      .describe(
        'Instead of the lines, what they say: lines that differ in numbers, ids and names only are one template, with how often, when first and last, and an example.',
      ),
  })
  .refine(({ path, unit }) => (path === undefined) !== (unit === undefined), {
    error: 'Give exactly one of path and unit.',
    path: ['path'],
  })
  .refine(({ path, since }) => path === undefined || since === undefined, {
    error: 'since goes with unit only; narrow a file by grep.',
    path: ['since'],
  })
  .refine(({ lines = 1, summarize }) => summarize || lines <= MOST_LINES, {
    error: `More than ${MOST_LINES} lines can only be summarized.`,
    path: ['lines'],
  });

export type LogChoice = z.output<typeof logChoiceSchema>;

const LINES = 100;
const LINES_SUMMARIZED = 100_000;

/** Most lines that the server is asked for. */
export function linesRead({ lines, summarize }: LogChoice): number {
  return lines ?? (summarize ? LINES_SUMMARIZED : LINES);
}
