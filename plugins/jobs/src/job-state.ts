import {
  BEGIN_SECONDS,
  rawShell,
  sh,
  ServonautError,
  z,
  type ShellCommand,
  type ToolContext,
} from '@servonaut/plugin-sdk';
import { jobFolder, jobIdSchema, jobNameSchema, noJob } from './job-id.ts';
import { LOOK_AT_JOB } from './job-process.ts';

/** Part of one stream of output, as a file in the folder of the job. */
export interface OutputFile {
  readonly name: string;
  /** Which byte of the stream its first one is. */
  readonly from: number;
  readonly bytes: number;
}

export const jobSchema = z.object({
  job: jobIdSchema,
  name: z.union([z.literal(''), jobNameSchema]),
  /** `stopped` by stop_job; `lost` when it ended and nobody could write down how: a kill, or the server went down. */
  state: z.enum(['running', 'exited', 'stopped', 'lost']),
  exit_code: z.int().nullable(),
  pid: z.int().nullable(),
  started: z.iso.datetime(),
  ended: z.iso.datetime().nullable(),
  stdout_bytes: z.int(),
  stderr_bytes: z.int(),
  keep_hours: z.int(),
  /** Of the text that runs, folder and variables with it. */
  command_sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Job = z.infer<typeof jobSchema>;

export interface JobState {
  readonly job: Job;
  readonly stdout: readonly OutputFile[];
  readonly stderr: readonly OutputFile[];
}

/** Bytes of state that are read; thousands of jobs. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The end is looked for last: whoever sees the process gone sees what it has written before. */
function stateScript(id: string | undefined, caller: string | undefined): ShellCommand {
  const isOwn = caller === undefined ? sh`:` : sh`grep -qxF -e ${`owner ${caller}`} -- "$job/about"`;
  return sh`LC_ALL=C; export LC_ALL
${SHOW_CLOCK}
for job in ${jobFolder(id)}; do
  [ -f "$job/about" ] && [ -O "$job" ] || continue
  ${isOwn} || continue
  ${SHOW_JOB}
done`;
}

const SHOW_CLOCK = rawShell('echo "clock $(date +%s)"');
const SHOW_JOB = rawShell(`echo "job $job"
  cat -- "$job/about"
  if [ -f "$job/process" ]; then
    sed -e 's/^/process /' -- "$job/process"
    if [ ! -f "$job/exit" ]; then
      pid=$(cut -d ' ' -f 1 -- "$job/process"); was=$(cut -d ' ' -f 2 -- "$job/process")
      ${LOOK_AT_JOB.text}
      echo "now $pid $now"
    fi
  fi
  [ ! -f "$job/stopped" ] || echo 'stopped yes'
  [ ! -f "$job/exit" ] || sed -e 's/^/exit /' -- "$job/exit"
  for file in "$job"/stdout.[0-9]* "$job"/stderr.[0-9]*; do
    [ ! -f "$file" ] || echo "file $(wc -c -- "$file")"
  done`);

/** Those that the caller may see, the newest first. @param id of one; undefined for all */
export async function readJobs(id: string | undefined, { caller, exec }: ToolContext): Promise<JobState[]> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // An answer would keep head and tail alone.
  const ended = await exec(stateScript(id, caller), {
    consume: (chunk) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) chunks.push(chunk);
    },
  });
  if (ended.timedOut) throw new ServonautError('timed_out');
  if (ended.exitCode !== 0)
    throw new ServonautError('tool_failed', { message: `The jobs could not be read: ${ended.stderr.slice(0, 500)}` });
  return parseJobs(Buffer.concat(chunks).toString())
    .filter(({ owner }) => caller === undefined || owner === caller)
    .map(({ state }) => state)
    .toSorted((one, other) => other.job.started.localeCompare(one.job.started));
}

/** @throws ServonautError `not_found` for one that is not there, or somebody else's */
export async function readJob(id: string, context: ToolContext): Promise<JobState> {
  const [state] = await readJobs(id, context);
  if (state) return state;
  throw noJob(id, context.server.name);
}

interface OwnedJob {
  readonly owner: string;
  readonly state: JobState;
}

/** What is no job as it is written down is left out. */
export function parseJobs(text: string): OwnedJob[] {
  const [clock = '', ...blocks] = text.split(/^(?=job \/)/m);
  const now = Number(clock.match(/^clock (\d{1,11})$/m)?.[1]);
  return blocks.map((block) => parseJob(block, now)).filter((job) => job !== undefined);
}

/** @param now on the server's clock, in seconds */
function parseJob(block: string, now: number): OwnedJob | undefined {
  const lines = block.split('\n').map((line) => line.match(/^(\S+) ?(.*)$/));
  const fields = new Map(lines.map((line) => [line?.[1], line?.[2] ?? '']));
  const id = fields.get('job')?.match(/\/([0-9a-f]{32})$/)?.[1];
  const started = instant(fields.get('started'));
  if (id === undefined || started === null) return undefined;
  const files = lines.flatMap((line) => (line?.[1] === 'file' ? parseFile(line[2] ?? '') : []));
  const stdout = files.filter(({ name }) => name.startsWith('stdout.'));
  const stderr = files.filter(({ name }) => name.startsWith('stderr.'));
  const [code, end] = fields.get('exit')?.split(' ') ?? [];
  const job = {
    job: id,
    name: fields.get('name') ?? '',
    state: stateOf(fields, now),
    exit_code: code === undefined ? null : Number(code),
    pid: fields.has('process') ? Number.parseInt(fields.get('process') ?? '', 10) : null,
    started,
    ended: instant(end),
    stdout_bytes: sizeOf(stdout),
    stderr_bytes: sizeOf(stderr),
    keep_hours: Number(fields.get('keep')),
    command_sha256: fields.get('digest') ?? '',
  };
  const parsed = jobSchema.safeParse(job);
  return parsed.success ? { owner: fields.get('owner') ?? '', state: { job: parsed.data, stdout, stderr } } : undefined;
}

function stateOf(fields: ReadonlyMap<string | undefined, string>, now: number): Job['state'] {
  if (fields.has('exit')) return fields.has('stopped') ? 'stopped' : 'exited';
  const process = fields.get('process');
  const isBeginning = process === undefined && now - Number(fields.get('started')) < BEGIN_SECONDS;
  if (isBeginning || (process !== undefined && process === fields.get('now'))) return 'running';
  return fields.has('stopped') ? 'stopped' : 'lost';
}

/** As wc(1) prints it, with blanks before it on BSD. */
function parseFile(text: string): OutputFile[] {
  const [, bytes, name, from] = text.match(/^\s*(\d+) .*\/((?:stdout|stderr)\.(\d+))$/) ?? [];
  return name === undefined ? [] : [{ name, from: Number(from), bytes: Number(bytes) }];
}

function sizeOf(files: readonly OutputFile[]): number {
  const last = files.at(-1);
  return last ? last.from + last.bytes : 0;
}

function instant(seconds: string | undefined): string | null {
  return seconds !== undefined && /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1_000).toISOString() : null;
}
