import { defineTool, rawShell, sh, ServonautError, z, type ExecResult } from '@servonaut/plugin-sdk';
import { jobIdSchema } from './job-id.ts';
import { jobSchema, readJob } from './job-state.ts';
import { NOTHING, outputWindow, type OutputWindow } from './output-window.ts';

/** Characters of each stream in one answer; what is longer loses its middle. */
const LONGEST_TEXT = 40_000;

const shownSchema = z.object({
  text: z.string(),
  /** Where to read on: give it as stdout_from or stderr_from. */
  next: z.int(),
  /** Whether there was something where it was asked to begin that is not kept any more. */
  dropped: z.boolean(),
  /** Whether the middle of `text` is left out. */
  truncated: z.boolean(),
});
type Shown = z.infer<typeof shownSchema>;
const outputSchema = z.object({ job: jobSchema, stdout: shownSchema, stderr: shownSchema });

export const jobOutput = defineTool({
  name: 'job_output',
  title: 'Output of a job',
  description:
    'Returns what a job of start_job has written, stdout and stderr apart: the newest lines, or the lines from a byte on that an earlier answer gave as next, so that nothing comes twice. Use it to follow a job or to see why it failed; with grep only lines that hold a text. The newest 8 MiB at least of each stream are kept. It reads only and does not wait: a job that runs may have more later. A last line that is not complete yet is shown with the newest lines alone.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    job: jobIdSchema.describe('Id of the job, from start_job or job_status.'),
    lines: z.int().min(1).max(2_000).default(100).describe('Most lines of each stream.'),
    stdout_from: z
      .int()
      .min(0)
      .optional()
      .describe('Byte of stdout to read on from: next of an earlier answer. The newest lines by default.'),
    stderr_from: z.int().min(0).optional().describe('The same of stderr.'),
    grep: z
      .string()
      .min(1)
      .max(1_000)
      .regex(/^[^\n]*$/, 'expected one line')
      .optional()
      .describe('Only lines that contain this plain text; the newest of them.'),
  }),
  data: outputSchema,
  cli: {
    examples: [
      '<%= config.bin %> job-output web-1 --job 0123456789abcdef0123456789abcdef',
      '<%= config.bin %> job-output web-1 --job 0123456789abcdef0123456789abcdef --grep error',
    ],
  },

  async run({ job: id, lines, stdout_from, stderr_from, grep }, context) {
    const { job, stdout, stderr } = await readJob(id, context);
    const choice = { lines, grep, hasEnded: job.state !== 'running' };
    const out = outputWindow(id, stdout, { ...choice, from: stdout_from });
    const err = outputWindow(id, stderr, { ...choice, from: stderr_from });
    const exec = await context.exec(
      sh`LC_ALL=C; export LC_ALL
{ ${out?.script ?? NOTHING}; } | ${WITHOUT_NUL}
{ ${err?.script ?? NOTHING}; } | ${WITHOUT_NUL} >&2
true`,
      { maxOutput: LONGEST_TEXT },
    );
    if (exec.timedOut) throw new ServonautError('timed_out');
    const data = {
      job,
      stdout: shown(exec.stdout || BINARY, exec, out, stdout_from),
      stderr: shown(exec.stderr || BINARY, exec, err, stderr_from),
    };
    return { data, output: inWords(data) };
  },
});

const WITHOUT_NUL = rawShell(String.raw`tr -d '\000'`);

/** In place of a stream that is no text; one that is has a number at least. */
const BINARY = '0\n[binary]\n';

function shown(
  text: string,
  { truncated }: ExecResult,
  window: OutputWindow | undefined,
  from: number | undefined,
): Shown {
  const lineEnd = text.indexOf('\n');
  const start = window?.start ?? 0;
  return {
    text: text.slice(lineEnd + 1),
    next: start + (Number.parseInt(text, 10) || 0),
    dropped: from !== undefined && start > 0 && from <= start,
    truncated: truncated && text.length > LONGEST_TEXT / 2,
  };
}

function inWords({ job, stdout, stderr }: z.output<typeof outputSchema>): string {
  const code = job.exit_code === null ? '' : ` with exit code ${job.exit_code}`;
  return [
    `Job ${job.job}${job.name && ` (${job.name})`}: ${job.state}${code}`,
    ...section('stdout', stdout),
    ...section('stderr', stderr),
  ].join('\n');
}

function section(name: string, { text, next, dropped }: Shown): string[] {
  if (text === '') return [`[${name}: nothing; next ${next}]`];
  const gap = dropped ? ['[what was before is not kept any more]'] : [];
  return [`[${name}]`, ...gap, text.replace(/\n$/, ''), `[${name}: next ${next}]`];
}
