import { ServonautError, type ExecResult } from '@servonaut/plugin-sdk';

/** Why nothing is counted, by the exit code with which the script says so. */
export function usageFault({ exitCode }: ExecResult, path: string, server: string): ServonautError | undefined {
  if (exitCode === 81)
    return new ServonautError('not_found', {
      message: `There is no ${path} on ${server}, or the SSH user may not look into its folder.`,
    });
  if (exitCode === 82)
    return new ServonautError('invalid_request', {
      message: `${path} on ${server} is not a folder. Give the path of a folder.`,
    });
  return undefined;
}
