import type { LogSource } from './log-source.ts';
import type { TimeWindow } from './time-window.ts';

/** What was read and what was left out, on a line of its own; empty when there is nothing to say. */
export function saidOf(source: LogSource, stderr: string, window: TimeWindow | undefined): string {
  const said = [...(source.told?.(stderr).said ?? []), ...(window?.said ?? [])];
  return said.length === 0 ? '' : `\n[${said.join('; ')}]`;
}
