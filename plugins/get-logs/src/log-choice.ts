import { z } from '@servonaut/plugin-sdk';
import { LEVELS } from './log-level.ts';

const MOST_LINES = 10_000;
/** Of a summary, which is as long however many lines there are. */
const MOST_SUMMARIZED = 1_000_000;

const timeSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}]+$/u, 'expected one line');

export const logChoiceSchema = z
  .object({
    path: z
      .string()
      .max(4_096)
      .startsWith('/', 'expected an absolute path')
      .optional()
      .describe(
        'Absolute path of a log file, such as /var/log/nginx/error.log. Its rotated files are read as far as lines and since need them. One that ends in .gz, .xz, .zst or .bz2 is unpacked.',
      ),
    unit: z
      .string()
      .max(256)
      .regex(/^[A-Za-z0-9:_.\\@-]+$/, 'expected the name of a systemd unit')
      .optional()
      .describe('Name of a systemd unit, such as nginx or ssh.service, whose journal is read.'),
    container: z
      .string()
      .max(256)
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expected the name or the id of a container')
      .optional()
      .describe('Name of a docker, podman or nerdctl container. With pod: the one of its containers that is read.'),
    pod: z
      .string()
      .max(256)
      .regex(/^[a-z0-9][a-z0-9./-]*$/, 'expected the name of a pod, or such as deploy/web')
      .optional()
      .describe('Name of a pod of Kubernetes, or such as deploy/web, as kubectl on the server reads it.'),
    namespace: z
      .string()
      .max(63)
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'expected the name of a namespace')
      .optional()
      .describe('With pod: its namespace.'),
    lines: z
      .int()
      .min(1)
      .max(MOST_SUMMARIZED)
      .optional()
      .describe(
        `How many of the last lines: 100 unless given, at most ${MOST_LINES}. With summarize 100000, at most ${MOST_SUMMARIZED}.`,
      ),
    since: timeSchema
      .optional()
      .describe(
        'Only entries from then on. An ISO 8601 time ("2026-11-22T10:00:00Z") or "2 hours ago", "2h"; with unit also as journalctl takes it ("today").',
      ),
    until: timeSchema.optional().describe('Only entries up to then, written like since.'),
    level: z
      .enum(LEVELS)
      .optional()
      .describe(
        'Only entries as bad as that or worse: of a unit by their priority, of all else by the word in the line, such as WARN or error.',
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
  .refine((choice) => sourcesNamed(choice) === 1, {
    error: 'Give exactly one of path, unit, container and pod; container goes with pod, too.',
    path: ['path'],
  })
  .refine(({ pod, namespace }) => pod !== undefined || namespace === undefined, {
    error: 'namespace goes with pod.',
    path: ['namespace'],
  })
  .refine(({ lines = 1, summarize }) => summarize || lines <= MOST_LINES, {
    error: `More than ${MOST_LINES} lines can only be summarized.`,
    path: ['lines'],
  });

function sourcesNamed(choice: {
  path?: string | undefined;
  unit?: string | undefined;
  container?: string | undefined;
  pod?: string | undefined;
}): number {
  const { path, unit, pod, container } = choice;
  return [path, unit, pod ?? container].filter((source) => source !== undefined).length;
}

export type LogChoice = z.output<typeof logChoiceSchema>;

const LINES = 100;
const LINES_SUMMARIZED = 100_000;

/** Most lines that the server is asked for. */
export function linesRead({ lines, summarize }: LogChoice): number {
  return lines ?? (summarize ? LINES_SUMMARIZED : LINES);
}
