import {
  combineAnswers,
  outcomeOf,
  resultFacts,
  withoutRows,
  writtenOutput,
  type AgentError,
  type Combination,
  type CombinedAnswer,
  type ServerAnswer,
  type ServonautError,
  type ToolAnswer,
} from '@servonaut/contracts';
import { resultError } from './print-result.ts';
import type { ServerResult } from './run-tool-hook.ts';

/** What `--json` prints: the answer that an agent would get as `structuredContent`, whole. */
export function oneAnswer(end: ServerResult): ToolAnswer {
  return { request_id: end.result.request_id, results: [serverAnswer(end)] };
}

/** The same of a call for several servers. */
export function severalAnswer(ends: readonly ServerResult[], combine: Combination | undefined): ToolAnswer {
  const all = ends.map((end) => ({ ...serverAnswer(end), request_id: end.result.request_id }));
  const combined = combine && combinedOf(ends, combine);
  if (!combined) return { request_id: null, results: all };
  return { request_id: null, results: all.map((answer) => besides(answer, combine)), combined };
}

/** Of those that have data; undefined when none has. */
export function combinedOf(ends: readonly ServerResult[], combine: Combination): CombinedAnswer | undefined {
  const sources = ends.flatMap(({ server, result: { data } }) => (data && server !== null ? [{ server, data }] : []));
  return sources.length === 0 ? undefined : combineAnswers(combine, sources);
}

/** Why Servonaut could not run the tool there; undefined when it ran. */
export function endError({ result, notBegun }: ServerResult): ServonautError | undefined {
  return notBegun ?? resultError(result);
}

export function serverAnswer(end: ServerResult): ServerAnswer {
  const { server, result } = end;
  const error = agentError(end);
  return {
    server,
    status: outcomeOf(result),
    exit_code: result.exit_code ?? null,
    stdout: writtenOutput(result),
    stderr: result.stderr ?? '',
    truncated: result.truncated ?? false,
    duration_ms: result.execution_time_ms,
    ...resultFacts(result),
    ...(result.data && { data: result.data }),
    ...(error && { error }),
  };
}

function agentError(end: ServerResult): AgentError | undefined {
  const error = endError(end);
  if (!error) return undefined;
  const { code, message, nextStep, retryable, facts } = error;
  const hasFacts = Object.keys(facts).length > 0;
  return { code, message, next_step: nextStep, retryable, ...(hasFacts && { facts: { ...facts } }) };
}

function besides({ data, ...answer }: ServerAnswer, combine: Combination): ServerAnswer {
  const rest = data && withoutRows(data, combine);
  return { ...answer, ...(rest && { data: rest }) };
}
