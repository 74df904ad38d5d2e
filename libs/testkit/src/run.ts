import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a program to its end and resolves with what it said on stdout and stderr. @throws Error when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: { uid?: number; gid?: number; cwd?: string } = {},
) {
  return execute(command, args, { ...options, encoding: 'utf8' });
}
