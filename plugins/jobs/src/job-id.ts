import { rawShell, ServonautError, z, type ShellCommand } from '@servonaut/plugin-sdk';

/** It becomes a part of paths, which stand unquoted in commands so that the operator's policy sees where they lead. */
export const jobIdSchema = z.string().regex(/^[0-9a-f]{32}$/, 'expected the id of a job: 32 hexadecimal digits');

export const jobNameSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected letters, digits and ._-');

/** The folder of one job, or of each. */
export function jobFolder(id: string | undefined): ShellCommand {
  return rawShell(`~/.servonaut/jobs/${id === undefined ? '*' : jobIdSchema.parse(id)}`);
}

/** In the same words whether there is none or it is somebody else's. */
export function noJob(id: string, server: string): ServonautError {
  return new ServonautError('not_found', {
    message: `There is no job ${id} of yours on ${server}. What has ended is forgotten after its keep_hours, or when too many are kept.`,
    nextStep: 'See job_status without job for those that there are.',
  });
}
