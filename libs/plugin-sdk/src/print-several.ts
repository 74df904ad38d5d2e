import { combinedTable, durationText, endingOf, type Combination } from '@servonaut/contracts';
import { combinedOf, endError, serverAnswer } from './hand-answer.ts';
import { exitCodeOf, printResult } from './print-result.ts';
import type { ServerResult } from './run-tool-hook.ts';

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Longest table, in characters: more than anybody scrolls through. */
const TABLE_LENGTH = 1024 * 1024;

/**
 * One of several servers, as soon as it has ended: under a line of its own what it wrote, and what went wrong. Of those whose rows come into a table, and
 * of those on which nothing was begun, only what there is to say of that.
 */
export function printEnd(end: ServerResult, combine: Combination | undefined, { stdout, stderr }: Streams): void {
  const { server, result, notBegun } = end;
  const error = endError(end);
  const isInTable = combine !== undefined && result.data !== undefined;
  if (!isInTable && !notBegun) {
    stdout.write(`== ${headline(end)}\n`);
    printResult(result, server, stdout, stderr);
  }
  if (!error) return;
  stderr.write(`servonaut: ${server}: ${error.message}\n`);
  if (!notBegun) stderr.write(`servonaut: ${server}: ${error.nextStep}\n`);
}

/** What there is to say once all have ended. */
export function printSum(
  tool: string,
  ends: readonly ServerResult[],
  combine: Combination | undefined,
  { stdout, stderr }: Streams,
): void {
  const combined = combine && combinedOf(ends, combine);
  const servers = ends.filter(({ result: { data } }) => data).length;
  if (combined) stdout.write(`${combinedTable(combine, combined, { servers, length: TABLE_LENGTH })}\n`);
  const byStatus = Map.groupBy(ends, (end) => serverAnswer(end).status);
  const counts = [...byStatus].map(([status, { length }]) => `${length} ${status}`);
  stderr.write(
    `servonaut: ${tool} on ${ends.length} ${ends.length === 1 ? 'server' : 'servers'}: ${counts.join(', ')}\n`,
  );
}

/** The highest of all on which it was begun; 0 when they all have exited with 0. */
export function worstExitCode(ends: readonly ServerResult[]): number {
  return Math.max(0, ...ends.map(({ result, notBegun }) => (notBegun ? 0 : exitCodeOf(result))));
}

function headline(end: ServerResult): string {
  const answer = serverAnswer(end);
  const facts = [end.server, endingOf(answer), answer.duration_ms > 0 && durationText(answer.duration_ms)];
  return facts.filter(Boolean).join(' | ');
}
