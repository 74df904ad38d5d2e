import { durationText, endingOf, type ServerAnswer } from '@servonaut/contracts';
import type { ShownRequest } from '../shown-request.ts';
import { clip, type OutputBounds } from './output-bounds.ts';
import { waitingText } from './waiting-text.ts';

/** What the text needs of a view; a refused call has no more than this. */
type Source = { readonly requestId: string | null } & Partial<Omit<ShownRequest, 'requestId'>>;

/** The answer for a model to read: one line of facts, what went wrong and what to do, then the output. */
export function answerText(source: Source, answer: ServerAnswer, bounds: OutputBounds): string {
  return [headline(source, answer), ...answerBody(source, answer, bounds)].join('\n');
}

/** The same without the line of facts. */
export function answerBody(source: Source, answer: ServerAnswer, bounds: OutputBounds): string[] {
  return [...problem(source, answer), ...output(source, answer, bounds)];
}

/** The same for `get_request`, which may find the request still running. */
export function lookupText(view: ShownRequest, answer: ServerAnswer, bounds: OutputBounds): string {
  const subject = `Request ${view.requestId} (${view.tool}):`;
  if (view.outcome === undefined)
    return `${subject} ${standing(view)}. Call get_request again later; do not repeat the call.`;
  return `${subject} ${view.outcome}\n${answerText(view, answer, bounds)}`;
}

function standing({ state, approvalUntil }: ShownRequest): string {
  return approvalUntil === undefined ? `${state}, not ended yet` : waitingText(Date.parse(approvalUntil));
}

function headline({ tool }: Source, answer: ServerAnswer): string {
  const facts = [answer.server ?? tool, endingOf(answer), answer.duration_ms > 0 && durationText(answer.duration_ms)];
  return facts.filter(Boolean).join(' | ');
}

function problem({ requestId }: Source, answer: ServerAnswer): string[] {
  const { error } = answer;
  if (!error) return [];
  return [
    error.message,
    ...ruleNote(answer),
    `Next: ${error.next_step}`,
    ...(requestId === null ? [] : [`Request: ${requestId}`]),
  ];
}

/** The rule of the operator that has decided, and as what it has seen the call. */
function ruleNote({ status, rule, policy }: ServerAnswer): string[] {
  const decided = rule ?? (status === 'rejected' ? policy?.rule : undefined);
  if (decided === undefined) return [];
  return [policy ? `Rule: ${decided} (the call is ${policy.class})` : `Rule: ${decided}`];
}

function output({ requestId, result }: Source, answer: ServerAnswer, bounds: OutputBounds): string[] {
  if (!result) return [];
  const { stdout, stderr } = answer;
  // Where a tool has structured data, its `output` is that data in words; what its commands wrote is of no interest.
  const words = result.data ? clip(result.output, bounds).text : stdout;
  const errors = result.data ? '' : stderr;
  return [
    ...binaryNote(answer),
    ...block(words),
    ...(errors === '' ? [] : ['[stderr]', ...block(errors)]),
    ...truncationNote(requestId, answer),
    ...redactionNote(answer),
  ];
}

/** One line break at the end is the terminal's, not the model's. */
function block(text: string): string[] {
  return text === '' ? [] : [text.endsWith('\n') ? text.slice(0, -1) : text];
}

function binaryNote({ binary, stdout_bytes: bytes }: ServerAnswer): string[] {
  if (!binary) return [];
  return [
    `[the output is binary${bytes === undefined ? '' : ` (${bytes} bytes)`} and is not shown; encode it (base64, xxd) to see it]`,
  ];
}

/** So that nobody takes a placeholder for what was there, or looks for it again. */
export function redactionNote({ redactions = {} }: Pick<ServerAnswer, 'redactions'>): string[] {
  const counts = Object.entries(redactions).map(([kind, count]) => `${kind} × ${count}`);
  return counts.length === 0 ? [] : [`[redacted: ${counts.join(', ')}]`];
}

function truncationNote(requestId: string | null, answer: ServerAnswer): string[] {
  const { truncated, stdout_bytes: stdout, stderr_bytes: stderr } = answer;
  if (!truncated) return [];
  const sizes = [stdout !== undefined && `stdout was ${stdout} bytes`, stderr && `stderr was ${stderr} bytes`].filter(
    Boolean,
  );
  const size = sizes.length > 0 ? `: ${sizes.join(', ')}` : '';
  const shown = answer.stdout === '' && answer.stderr === '' ? 'the output is not shown' : 'truncated to head and tail';
  return [`[${shown}${size}; ${wayToTheRest(requestId, answer)}]`];
}

function wayToTheRest(requestId: string | null, { output_kept: isKept }: ServerAnswer): string {
  const narrowed = 'narrow it (grep, head, tail, a time range) to see the rest';
  if (isKept === undefined) return narrowed;
  if (!isKept) return `the whole of it could not be kept; ${narrowed}`;
  const which = requestId === null ? 'the server and its request_id' : `the server and request_id ${requestId}`;
  return `read_output with ${which} shows the rest (offset, tail or grep); do not run it again for that`;
}
