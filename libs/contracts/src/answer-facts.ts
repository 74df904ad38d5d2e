import type { CommandResult } from './command-result.ts';
import type { ServerAnswer } from './tool-answer.ts';

/** What an answer has of a result besides its output. */
export function resultFacts(result: CommandResult): Partial<ServerAnswer> {
  const { stdout_bytes, stderr_bytes, output_kept, binary, signal, rule, policy, redactions, timings } = result;
  return {
    ...(stdout_bytes !== undefined && { stdout_bytes }),
    ...(stderr_bytes !== undefined && { stderr_bytes }),
    ...(output_kept !== undefined && { output_kept }),
    ...(binary !== undefined && { binary }),
    ...(typeof signal === 'string' && { signal }),
    ...(rule !== undefined && { rule }),
    ...(policy !== undefined && { policy }),
    ...(redactions !== undefined && { redactions }),
    ...(timings !== undefined && { timings }),
  };
}

/** What a command has written to stdout. Of a tool that ran none it is its own text; where there is data, that is the data in words. */
export function writtenOutput({ stdout, stderr, data, output }: CommandResult): string {
  return stdout ?? (data || stderr !== undefined ? '' : output);
}

/** How it ended, in a word or two. */
export function endingOf({ exit_code: exitCode, signal, status, error }: ServerAnswer): string {
  if (error) return `${status} (${error.code})`;
  if (exitCode !== null) return `exit ${exitCode}`;
  return signal === undefined ? status : `killed by ${signal}`;
}

export function durationText(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
