import { defineTool, sh, ServonautError, z, type ShellCommand } from '@servonaut/plugin-sdk';
import { jobFolder, jobIdSchema, noJob } from './job-id.ts';
import { LOOK_AT_JOB } from './job-process.ts';
import { jobSchema, readJob } from './job-state.ts';

/** Exit codes of the script. */
const NO_JOB = 81;
const ENDED = 82;
const STILL_THERE = 83;
/** Seconds that a job has after INT, and after KILL. */
const INTERRUPT_SECONDS = 1;
const KILL_SECONDS = 5;

export const stopJob = defineTool({
  name: 'stop_job',
  title: 'Stop a job',
  description:
    'Stops a job of start_job on one server: its whole process group gets INT, TERM after 1 s and KILL after another grace_seconds, each only while the process that leads it is the very one that was started. Returns when it has ended. Use it for jobs alone; what run_command started ends with its call. It is no error when the job has ended before.',
  target: 'server',
  effect: 'mutating',
  idempotent: true,
  input: z.object({
    job: jobIdSchema.describe('Id of the job, from start_job or job_status.'),
    grace_seconds: z.int().min(1).max(30).default(5).describe('Seconds that it has after TERM to end by itself.'),
  }),
  data: z.object({ job: jobSchema, was_running: z.boolean() }),
  cli: { examples: ['<%= config.bin %> stop-job web-1 --job 0123456789abcdef0123456789abcdef'] },

  async run({ job: id, grace_seconds: grace }, context) {
    const exec = await context.exec(stopScript(id, context.caller, grace));
    if (exec.timedOut) throw new ServonautError('timed_out');
    if (exec.exitCode === NO_JOB) throw noJob(id, context.server.name);
    if (exec.exitCode !== 0 && exec.exitCode !== ENDED) throw notStopped(exec.exitCode, exec.stderr);
    const { job } = await readJob(id, context);
    const wasRunning = exec.exitCode === 0;
    const how = job.exit_code === null ? '' : `, exit code ${job.exit_code}`;
    const output = wasRunning ? `Job ${id} was stopped${how}.` : `Job ${id} had ended before: ${job.state}${how}.`;
    return { data: { job, was_running: wasRunning }, output };
  },
});

/** A number that the system has given to another process since is never signalled: each signal is preceded by a look whether it is the same. */
function stopScript(id: string, caller: string | undefined, grace: number): ShellCommand {
  const isOwn = caller === undefined ? sh`:` : sh`[ "$owner" = ${caller} ]`;
  return sh`LC_ALL=C; export LC_ALL
job=${jobFolder(id)}
[ -f "$job/about" ] && [ -O "$job" ] || exit ${NO_JOB}
${READ_OWNER}
${isOwn} || exit ${NO_JOB}
[ -f "$job/process" ] || exit ${ENDED}
${READ_PROCESS}
case $pid in '' | *[!0-9]* | 0 | 1) exit ${STILL_THERE} ;; esac
${LOOK_AT_JOB}
[ "$now" = "$was" ] || exit ${ENDED}
echo yes > ${jobFolder(id)}/stopped
${stopBy('INT', INTERRUPT_SECONDS)}
${stopBy('TERM', grace)}
${stopBy('KILL', KILL_SECONDS)}
[ "$now" != "$was" ] || exit ${STILL_THERE}`;
}

const READ_OWNER = sh`owner=$(sed -n 's/^owner //p' -- "$job/about")`;
const READ_PROCESS = sh`pid=$(cut -d ' ' -f 1 -- "$job/process"); was=$(cut -d ' ' -f 2 -- "$job/process")`;

function stopBy(signal: string, seconds: number): ShellCommand {
  return sh`${LOOK_AT_JOB}
if [ "$now" = "$was" ]; then
  kill -s ${signal} -- "-$pid"
  for second in ${Array.from({ length: seconds }, (_, at) => at)}; do for part in 1 2 3 4 5; do
    ${LOOK_AT_JOB}
    [ "$now" = "$was" ] || break 2
    sleep 0.2 2>/dev/null || sleep 1
  done; done
fi`;
}

function notStopped(exitCode: number | null, stderr: string): ServonautError {
  const why = exitCode === STILL_THERE ? 'its processes are still there' : stderr.trim().slice(0, 500);
  return new ServonautError('tool_failed', {
    message: `The job could not be stopped: ${why}.`,
    nextStep: 'Look with job_status; what runs as another user has to be stopped by the operator.',
  });
}
