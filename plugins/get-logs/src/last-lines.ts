import { sh, type ExecResult, type ToolContext, type ToolReturn } from '@servonaut/plugin-sdk';
import { plainText } from '@servonaut/plugin-sdk/plain-output';
import { NO_ENTRIES } from './journal.ts';
import { KeptLines } from './kept-lines.ts';
import type { LogSource } from './log-source.ts';
import { saidOf } from './said.ts';
import { TimeWindow, type TimeBounds } from './time-window.ts';

/** The lines as they are. */
export async function lastLines(source: LogSource, context: ToolContext, most: number): Promise<ToolReturn<never>> {
  const { exec, window } = source.bounds
    ? await timed(source, source.bounds, context, most)
    : {
        exec: await context.exec(sh`${source.checks}
${source.read}`),
        window: undefined,
      };
  const instead = source.instead?.(exec);
  if (instead) return lastLines(instead, context, most);
  const isEmpty = hasNoLines(exec);
  const fault = source.fault(exec, isEmpty);
  if (fault) throw fault;
  const said = saidOf(source, exec.stderr, window);
  const told = { ...exec, stderr: (source.told?.(exec.stderr).stderr ?? exec.stderr) + said.trimStart() };
  if (exec.exitCode !== 0 || !isEmpty) return { exec: told };
  return { exec: { ...told, stdout: '' }, output: source.nothing + said };
}

/** The lines of a time, chosen here. */
async function timed(source: LogSource, bounds: TimeBounds, context: ToolContext, most: number) {
  const kept = new KeptLines(most);
  const window = new TimeWindow(bounds, (line) => kept.add(line));
  const exec = await context.exec(
    sh`${source.checks}
date +%z
${source.read}`,
    { consume: (chunk) => window.write(chunk) },
  );
  window.end();
  const stdout = plainText(kept.bytes);
  return { exec: { ...exec, stdout, stdoutBytes: stdout.length }, window };
}

function hasNoLines({ stdout, stdoutBytes }: ExecResult): boolean {
  return stdoutBytes === 0 || stdout.trim() === NO_ENTRIES;
}
