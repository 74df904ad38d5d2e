import { createHash } from 'node:crypto';
import { durationText, endingOf, type Combination, type ServerAnswer, type ServonautError } from '@servonaut/contracts';
import type { ShownRequest } from '../shown-request.ts';
import { answerBody } from './answer-text.ts';
import { combinedText } from './combined-text.ts';
import { refusalAnswer, serverAnswer, type ToolResult } from './tool-answer.ts';

/** What became of a call. */
export interface EndedCall<Request extends ShownRequest = ShownRequest> {
  readonly view: Request;
  /** Most output that may be shown of it, in bytes; null for any. */
  readonly outputBytes: number | null;
}

/** What became of a call on one of its servers. */
export interface ServerEnd {
  readonly server: string;
  /** Or why nothing came of it. */
  readonly end: EndedCall | ServonautError;
}

interface Answered {
  readonly end: ServerEnd;
  readonly answer: ServerAnswer;
}

/** Servers of which there is the same to say. */
type Group = readonly [Answered, ...Answered[]];

/** Longest list of the names of servers on which all went well, in characters. Those on which it did not are all named. */
const NAMES_LENGTH = 600;
/** Stands in an error for the name of the server, so that the same error of many is told once. */
const SERVER = '{server}';

/** What is told beside what became of each. */
export interface ManyAnswerParts {
  /** What the call named and nothing is called. */
  readonly idle: readonly string[];
  /** How the tool puts the answers together, if it does. */
  readonly combine: Combination | undefined;
  /** Most characters of output in all. */
  readonly length: number;
}

/** The answer to one call on many servers: what went wrong first, what is the same on several of them once, and what can be put together in one table. */
export function answerMany(tool: string, ends: readonly ServerEnd[], parts: ManyAnswerParts): ToolResult {
  const { idle, length } = parts;
  const all = ends.map((end) => ({ end, answer: answerOf(end, shareOf(length, ends.length)) }));
  const table =
    parts.combine &&
    combinedText(
      all.map(({ answer }) => answer),
      parts.combine,
      length,
    );
  const groups = groupsOf(table ? all.filter((one) => !table.has(one.answer) || !isGood([one])) : all);
  const room = table && groups.length > 0 ? shareOf(length, 2) : length;
  const text = [
    headline(tool, all),
    ...(idle.length > 0 ? [`No server is named by: ${idle.join(', ')}`] : []),
    ...groups.map((group) => groupText(group, shareOf(room, groups.length))),
    ...(table ? table.lines(room) : []),
  ].join('\n');
  const results = all.map(({ answer }) => table?.without(answer) ?? answer);
  return {
    content: [{ type: 'text', text }],
    structuredContent: { request_id: null, results, ...(table && { combined: table.combined }) },
    isError: all.every(({ answer }) => answer.error !== undefined),
  };
}

export function hasSucceeded({ end }: ServerEnd): boolean {
  return 'view' in end && end.view.outcome === 'succeeded';
}

const shareOf = (length: number, parts: number): number => Math.floor(length / parts);

function answerOf({ server, end }: ServerEnd, length: number): ServerAnswer {
  if (!('view' in end)) return refusalAnswer(end, server);
  const { answer } = serverAnswer(end.view, { length, bytes: end.outputBytes });
  return { ...answer, server, request_id: end.view.requestId };
}

function bodyOf({ end }: ServerEnd, answer: ServerAnswer, length: number): string[] {
  const source = 'view' in end ? { ...end.view, requestId: null } : { requestId: null };
  return answerBody(source, answer, { length, bytes: 'view' in end ? end.outputBytes : null });
}

/** As it is told of several: by whole names, since a short one is part of many words. */
function ofAny({ server }: ServerEnd, answer: ServerAnswer): ServerAnswer {
  if (!answer.error) return answer;
  const named = new RegExp(`(?<![\\w.:@/-])${server.replace(/\W/g, '\\$&')}(?![\\w@/-]|[.:]\\w)`, 'g');
  return { ...answer, error: { ...answer.error, message: answer.error.message.replace(named, SERVER) } };
}

/** Those that failed first, then those that differ from the many. */
function groupsOf(all: readonly Answered[]): Group[] {
  const alike = Map.groupBy(all, ({ end }) => whole(end));
  const groups = [...alike.values()].flatMap(([first, ...rest]) => (first ? [[first, ...rest] as const] : []));
  return groups.toSorted((a, b) => Number(isGood(a)) - Number(isGood(b)) || a.length - b.length);
}

/**
 * All that there is to tell of one, whatever the bounds: outputs of which only the ends are the same are not alike, and of those of which the executor has
 * sent the ends alone nobody knows. As a digest: V8 takes the length of long strings for their hash, so that a hundred of one length that differ at their
 * ends would be compared with each other for seconds, in which nobody is answered.
 */
function whole({ server, end }: ServerEnd): string {
  const unbounded = { server, end: 'view' in end ? { ...end, outputBytes: null } : end };
  const answer = answerOf(unbounded, Infinity);
  const body = bodyOf(unbounded, ofAny(unbounded, answer), Infinity);
  const all = JSON.stringify([endingOf(answer), body, answer.truncated && server]);
  return createHash('sha256').update(all).digest('base64');
}

const isGood = ([{ answer }]: Group): boolean => answer.status === 'succeeded';

function headline(tool: string, all: readonly Answered[]): string {
  const byStatus = Map.groupBy(all, ({ answer }) => answer.status);
  const counts = [...byStatus].map(([status, { length }]) => `${length} ${status}`);
  return `${tool} on ${all.length} ${all.length === 1 ? 'server' : 'servers'}: ${counts.join(', ')}`;
}

function groupText(group: Group, length: number): string {
  const [{ end, answer }] = group;
  const times = group.map(({ answer: { duration_ms: ms } }) => ms).filter((ms) => ms > 0);
  const facts = [names(group), endingOf(answer), times.length > 0 && span(times)];
  // With as much output as there is room for, now that it is known how often it is shown.
  const shown = answerOf(end, length);
  const body = bodyOf(end, group.length === 1 ? shown : ofAny(end, shown), length);
  return [`== ${facts.filter(Boolean).join(' | ')}`, ...body, ...asked(group)].join('\n');
}

/** How each is looked up whose end is not known, or of which there is more to read. */
function asked(group: Group): string[] {
  const [{ answer: one }] = group;
  if (one.status !== 'unknown' && !(one.truncated && one.output_kept)) return [];
  return group.flatMap(({ answer: { server, request_id: id } }) => (id ? [`Request on ${server}: ${id}`] : []));
}

function names(group: Group): string {
  const listed = group.map(({ end: { server } }) => server).join(', ');
  if (group.length === 1) return listed;
  const count = `(${group.length} servers)`;
  if (!isGood(group) || listed.length <= NAMES_LENGTH) return `${listed} ${count}`;
  return `${listed.slice(0, listed.lastIndexOf(', ', NAMES_LENGTH))}, ... ${count}`;
}

function span(times: readonly number[]): string {
  const [least, most] = [durationText(Math.min(...times)), durationText(Math.max(...times))];
  return least === most ? least : `${least} to ${most}`;
}
