import { sh, type ExecResult, type ToolContext, type ToolReturn } from '@servonaut/plugin-sdk';
import { NO_ENTRIES } from './journal.ts';
import type { LogSource } from './log-source.ts';

/** The lines as they are. */
export async function lastLines(source: LogSource, context: ToolContext): Promise<ToolReturn<never>> {
  const exec = await context.exec(sh`${source.checks}
${source.read}`);
  const isEmpty = hasNoLines(exec);
  const fault = source.fault(exec, isEmpty);
  if (fault) throw fault;
  if (exec.exitCode !== 0 || !isEmpty) return { exec };
  return { exec: { ...exec, stdout: '' }, output: source.nothing };
}

function hasNoLines({ stdout, stdoutBytes }: ExecResult): boolean {
  return stdoutBytes === 0 || stdout.trim() === NO_ENTRIES;
}
