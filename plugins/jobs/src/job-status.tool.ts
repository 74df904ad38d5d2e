import { dataTable, defineTool, z } from '@servonaut/plugin-sdk';
import { jobIdSchema } from './job-id.ts';
import { jobSchema, readJob, readJobs } from './job-state.ts';

export const jobStatus = defineTool({
  name: 'job_status',
  title: 'Status of jobs',
  description:
    'Returns how jobs of start_job are on one server: all of yours, the newest first, or one by its id. running; exited, with its exit code; stopped by stop_job; or lost, which ended without telling how, since it was killed or the server went down. It reads only. To see what a job has written use job_output.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    job: jobIdSchema.optional().describe('Id of one job, from start_job; all of yours by default.'),
    most: z.int().min(1).max(100).default(50).describe('How many jobs are shown.'),
  }),
  data: z.object({ jobs: z.array(jobSchema), left_out: z.int() }),
  combine: {
    rows: 'jobs',
    order: [{ by: 'started', direction: 'descending' }],
    columns: ['job', 'name', 'state', 'exit_code', 'started', 'ended'],
  },
  cli: { examples: ['<%= config.bin %> job-status web-1', "<%= config.bin %> job-status 'web-*'"] },

  async run({ job, most }, context) {
    const states = job === undefined ? await readJobs(undefined, context) : [await readJob(job, context)];
    const jobs = states.slice(0, most).map((state) => state.job);
    const leftOut = states.length - jobs.length;
    const columns = ['job', 'name', 'state', 'exit_code', 'started', 'ended', 'stdout_bytes', 'stderr_bytes'] as const;
    return {
      data: { jobs, left_out: leftOut },
      output: jobs.length === 0 ? 'There are no jobs of yours.' : dataTable(jobs, columns, leftOut),
    };
  },
});
