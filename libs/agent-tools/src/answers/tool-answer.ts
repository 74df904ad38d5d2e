import {
  errorRow,
  INSTANTS_META,
  resultFacts,
  serverNameSchema,
  writtenOutput,
  type AgentError,
  type CommandResult,
  type ServerAnswer,
  type ServonautError,
  type ToolAnswer,
} from '@servonaut/contracts';
import type { ShownRequest } from '../shown-request.ts';
import { answerText, lookupText } from './answer-text.ts';
import { besides, clip, clipStreams, isWithin, type OutputBounds } from './output-bounds.ts';
import { errorOf, toAgentError } from './request-error.ts';

/** A `CallToolResult` whose text and `structuredContent` say the same. A type, not an interface: the SDKs ask for an index signature. */
export type ToolResult = {
  content: { type: 'text'; text: string }[];
  structuredContent: ToolAnswer;
  isError: boolean;
  _meta?: Record<string, unknown>;
};

/** There is none to show. */
const NO_OUTPUT: OutputBounds = { length: 0, bytes: null };

/** The answer to a call that became a request. */
export function answerRequest(view: ShownRequest, bounds: OutputBounds): ToolResult {
  const { answer, left } = serverAnswer(view, bounds);
  const result = toolResult(view.requestId, answer, answerText(view, answer, left), answer.error !== undefined);
  return view.instants ? { ...result, _meta: { [INSTANTS_META]: view.instants } } : result;
}

/** The answer to a question about a request. The question was answered, so this is not an error even when the request ended in one. */
export function answerLookup(view: ShownRequest, bounds: OutputBounds): ToolResult {
  const { answer, left } = serverAnswer(view, bounds);
  return toolResult(view.requestId, answer, lookupText(view, answer, left), false);
}

/** The answer to a call that never became a request, or whose fate is not known (`internal`). */
export function answerRefusal(error: ServonautError, server: string | null = null): ToolResult {
  const answer = refusalAnswer(error, serverNameSchema.safeParse(server).success ? server : null);
  return toolResult(null, answer, answerText({ requestId: null }, answer, NO_OUTPUT), true);
}

/** The same for one server of several. */
export function refusalAnswer(error: ServonautError, server: string | null): ServerAnswer {
  const agentError = toAgentError(error);
  return {
    server,
    status: statusOfRefusal(agentError),
    exit_code: null,
    stdout: '',
    stderr: '',
    truncated: false,
    duration_ms: 0,
    error: agentError,
  };
}

function statusOfRefusal({ code }: AgentError): ServerAnswer['status'] {
  if (code === 'internal') return 'unknown';
  if (code === 'request_cancelled') return 'cancelled';
  return errorRow(code).http < 500 ? 'rejected' : 'not_delivered';
}

function toolResult(requestId: string | null, answer: ServerAnswer, text: string, isError: boolean): ToolResult {
  return {
    content: [{ type: 'text', text }],
    structuredContent: { request_id: requestId, results: [answer] },
    isError,
  };
}

/** The answer, and what the bounds leave for the output besides the error that the executor has told. */
export function serverAnswer(view: ShownRequest, bounds: OutputBounds): { answer: ServerAnswer; left: OutputBounds } {
  const { result } = view;
  const { error, left } = result?.error_message ? toldError(view, bounds) : { error: errorOf(view), left: bounds };
  const answer: ServerAnswer = {
    server: view.server,
    status: view.outcome ?? 'pending',
    exit_code: result?.exit_code ?? null,
    ...outputOf(result, left),
    duration_ms: result?.execution_time_ms ?? elapsed(view),
    ...(view.approvalUntil !== undefined && { approval_until: view.approvalUntil }),
    ...(result && resultFacts(result)),
    ...(error && { error }),
  };
  return { answer, left };
}

/** What an executor says of an error is as long as it likes, so it is within the bounds too. */
function toldError(view: ShownRequest, bounds: OutputBounds): { error: AgentError | undefined; left: OutputBounds } {
  const error = errorOf(view);
  if (!error) return { error, left: bounds };
  const message = clip(error.message, bounds).text;
  return { error: { ...error, message }, left: besides(message, bounds) };
}

/** One budget for data and streams: data is shown whole or not at all, and what it does not need is theirs. */
function outputOf(
  result: CommandResult | undefined,
  bounds: OutputBounds,
): Pick<ServerAnswer, 'stdout' | 'stderr' | 'truncated' | 'data'> {
  if (!result) return { stdout: '', stderr: '', truncated: false };
  const { data } = result;
  const inJson = data === undefined || bounds.bytes === null ? '' : JSON.stringify(data);
  const showsData = isWithin(inJson, bounds.bytes);
  const { stdout, stderr } = clipStreams(
    writtenOutput(result),
    result.stderr ?? '',
    showsData ? besides(inJson, bounds) : bounds,
  );
  return {
    stdout: stdout.text,
    stderr: stderr.text,
    truncated: result.truncated === true || stdout.clipped || stderr.clipped || !showsData,
    ...(data !== undefined && showsData && { data }),
  };
}

function elapsed({ createdAt, finishedAt }: ShownRequest): number {
  return finishedAt === undefined ? 0 : Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt));
}
