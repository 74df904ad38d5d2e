import { rawShell, ServonautError, sh, z, type ExecResult, type ShellCommand } from '@servonaut/plugin-sdk';

const RUNTIMES = ['docker', 'podman', 'nerdctl'] as const;
export type Runtime = (typeof RUNTIMES)[number];

export const runtimeSchema = z
  .enum(RUNTIMES)
  .optional()
  .describe('What runs the containers; the first of these that the server has by default.');

const NO_RUNTIME = 81;

/** The command for the runtime that the server has, or for the one that is asked for: its name has to stand in the script for the policy to know it. */
export function withRuntime(
  runtime: Runtime | undefined,
  command: (runtime: ShellCommand) => ShellCommand,
): ShellCommand {
  const wanted = runtimeSchema.parse(runtime);
  const branches = (wanted === undefined ? RUNTIMES : [wanted]).map((name) => {
    const program = rawShell(name);
    return sh`if command -v ${program} >/dev/null 2>&1; then
${command(program)}
el`;
  });
  return sh`LC_ALL=C; export LC_ALL
${rawShell(branches.map(({ text }) => text).join(''))}se exit ${NO_RUNTIME}; fi`;
}

/** @throws ServonautError `not_found` when the server runs no containers */
export function refuseWithoutRuntime({ exitCode }: ExecResult, runtime: Runtime | undefined, server: string): void {
  if (exitCode !== NO_RUNTIME) return;
  throw new ServonautError('not_found', {
    message: `There is no ${runtime ?? 'docker, podman or nerdctl'} on ${server}, or the SSH user does not find it.`,
  });
}
