import { LOOK_AT_PROCESS, rawShell, ServonautError, z, type ToolContext } from '@servonaut/plugin-sdk';
import { jobFolder, noJob } from './job-id.ts';

/** Part of one stream of output, as a file in the folder of the job. */
export interface OutputFile {
  readonly name: string;
  /** Which byte of the stream its first one is. */
  readonly from: number;
  readonly bytes: number;
}

export const jobSchema = z.object({
  job: z.string(),
  name: z.string(),
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
  command_sha256: z.string(),
});
export type Job = z.infer<typeof jobSchema>;

export interface JobState {
  readonly job: Job;
  readonly stdout: readonly OutputFile[];
  readonly stderr: readonly OutputFile[];
}

/** The end is looked for last: whoever sees the process gone sees what it has written before. */
const stateScript = (id: string | undefined) =>
  rawShell(`LC_ALL=C; export LC_ALL
for job in ${jobFolder(id).text}; do
  [ -f "$job/about" ] || continue
  echo "job $job"
  cat -- "$job/about"
  if [ -f "$job/process" ]; then
    pid=$(cut -d ' ' -f 1 -- "$job/process")
    sed -e 's/^/process /' -- "$job/process"
    ${LOOK_AT_PROCESS}
    echo "now $pid $now"
  fi
  [ ! -f "$job/stopped" ] || echo 'stopped yes'
  [ ! -f "$job/exit" ] || sed -e 's/^/exit /' -- "$job/exit"
  for file in "$job"/stdout.[0-9]* "$job"/stderr.[0-9]*; do
    [ ! -f "$file" ] || echo "file $(wc -c -- "$file")"
  done
done`);

/** Those that the caller may see, the newest first. @param id of one; undefined for all */
export async function readJobs(id: string | undefined, context: ToolContext): Promise<JobState[]> {
  const exec = await context.exec(stateScript(id), { raw: true });
  if (exec.timedOut) throw new ServonautError('timed_out');
  if (exec.exitCode !== 0)
    throw new ServonautError('tool_failed', { message: `The jobs could not be read: ${exec.stderr.slice(0, 500)}` });
  return parseJobs(exec.stdout)
    .filter(({ owner }) => context.caller === undefined || owner === context.caller)
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
  return text
    .split(/^(?=job \/)/m)
    .map(parseJob)
    .filter((job) => job !== undefined);
}

function parseJob(block: string): OwnedJob | undefined {
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
    state: stateOf(fields),
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

function stateOf(fields: ReadonlyMap<string | undefined, string>): Job['state'] {
  const process = fields.get('process');
  if (!fields.has('exit') && process !== undefined && process === fields.get('now')) return 'running';
  if (fields.has('stopped')) return 'stopped';
  return fields.has('exit') ? 'exited' : 'lost';
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
