import type { ServerAnswer, ServonautError } from '@servonaut/contracts';
import type { RelayedCall } from '../tools/relayed-calls.ts';
import { answerBody, duration, ending } from './answer-text.ts';
import type { OutputBounds } from './output-bounds.ts';
import { refusalAnswer, serverAnswer, type ToolResult } from './tool-answer.ts';

/** What became of a call on one of its servers. */
export interface ServerEnd {
  readonly server: string;
  /** Or why nothing came of it. */
  readonly end: RelayedCall | ServonautError;
}

/** Servers of which there is the same to say. */
interface Group {
  readonly ends: readonly ServerEnd[];
  readonly answers: readonly ServerAnswer[];
}

/** Longest list of the names of servers on which all went well, in characters. Those on which it did not are all named. */
const NAMES_LENGTH = 600;
/** Stands in an error for the name of the server, so that the same error of many is told once. */
const SERVER = '{server}';

/**
 * The answer to one call on many servers: what went wrong first, and what is the same on several of them once.
 * @param idle what the call named and nothing is called
 * @param length most characters of output in all
 */
export function answerMany(
  tool: string,
  ends: readonly ServerEnd[],
  idle: readonly string[],
  length: number,
): ToolResult {
  const answers = ends.map((end) => answerOf(end, shareOf(length, ends.length)));
  const groups = groupsOf(ends, answers, shareOf(length, ends.length));
  const share = shareOf(length, groups.length);
  const text = [
    headline(tool, answers),
    ...(idle.length > 0 ? [`No server is named by: ${idle.join(', ')}`] : []),
    ...groups.map((group) => groupText(group, share)),
  ].join('\n');
  return {
    content: [{ type: 'text', text }],
    structuredContent: { request_id: null, results: answers },
    isError: answers.every(({ error }) => error !== undefined),
  };
}

const shareOf = (length: number, parts: number): number => Math.floor(length / parts);

function answerOf({ server, end }: ServerEnd, length: number): ServerAnswer {
  if (!('view' in end)) return refusalAnswer(end, server);
  const { answer } = serverAnswer(end.view, { length, bytes: end.outputBytes });
  return { ...answer, server, request_id: end.view.requestId };
}

function bodyOf({ server, end }: ServerEnd, answer: ServerAnswer, length: number): string[] {
  const source = 'view' in end ? { ...end.view, requestId: null } : { requestId: null };
  const bounds: OutputBounds = { length, bytes: 'view' in end ? end.outputBytes : null };
  const { error } = answer;
  const told = error && { ...error, message: error.message.replaceAll(server, SERVER) };
  return answerBody(source, told ? { ...answer, error: told } : answer, bounds);
}

/** Those that failed first, then those that differ from the many. */
function groupsOf(ends: readonly ServerEnd[], answers: readonly ServerAnswer[], length: number): Group[] {
  const both = ends.map((end, at) => ({ end, answer: answers[at]! }));
  const alike = Map.groupBy(both, ({ end, answer }) => [ending(answer), ...bodyOf(end, answer, length)].join('\n'));
  const groups = [...alike.values()].map((group) => ({
    ends: group.map(({ end }) => end),
    answers: group.map(({ answer }) => answer),
  }));
  return groups.toSorted((a, b) => Number(isGood(a)) - Number(isGood(b)) || a.ends.length - b.ends.length);
}

const isGood = ({ answers: [first] }: Group): boolean => first?.status === 'succeeded';

function headline(tool: string, answers: readonly ServerAnswer[]): string {
  const counts = [...Map.groupBy(answers, ({ status }) => status)].map(([status, { length }]) => `${length} ${status}`);
  return `${tool} on ${answers.length} servers: ${counts.join(', ')}`;
}

function groupText(group: Group, length: number): string {
  const [end, answer] = [group.ends[0]!, group.answers[0]!];
  const times = group.answers.map(({ duration_ms: ms }) => ms).filter((ms) => ms > 0);
  const facts = [names(group), ending(answer), times.length > 0 && span(times)];
  return [
    `== ${facts.filter(Boolean).join(' | ')}`,
    ...bodyOf(end, shown(end, answer, length), length),
    ...asked(group),
  ].join('\n');
}

/** With as much output as there is room for, now that it is known how often it is shown. */
function shown(end: ServerEnd, answer: ServerAnswer, length: number): ServerAnswer {
  return 'view' in end.end ? { ...answerOf(end, length), server: answer.server } : answer;
}

/** How each is looked up whose end is not known. */
function asked({ answers }: Group): string[] {
  if (answers[0]?.status !== 'unknown') return [];
  return answers.flatMap(({ server, request_id: id }) => (id ? [`Request on ${server}: ${id}`] : []));
}

function names(group: Group): string {
  const all = group.ends.map(({ server }) => server);
  if (all.length === 1) return all[0]!;
  const listed = all.join(', ');
  const count = `(${all.length} servers)`;
  if (!isGood(group) || listed.length <= NAMES_LENGTH) return `${listed} ${count}`;
  return `${listed.slice(0, listed.lastIndexOf(', ', NAMES_LENGTH))}, ... ${count}`;
}

function span(times: readonly number[]): string {
  const [least, most] = [duration(Math.min(...times)), duration(Math.max(...times))];
  return least === most ? least : `${least} to ${most}`;
}
