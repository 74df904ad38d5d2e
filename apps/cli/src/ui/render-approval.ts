import type { ShownApproval } from '../approval/shown-approval.ts';
import { isWorse } from '../policy/shell/command-verdict.ts';
import { folded, plainText, strangeCharacters } from './plain-text.ts';

/** What each key means, in the order in which they are offered. */
export const APPROVAL_KEYS = {
  a: { answer: 'once', text: 'approve once' },
  r: { answer: 'remember', text: 'approve it for a while' },
  d: { answer: 'deny', text: 'deny' },
  p: { answer: 'pause', text: 'deny and pause' },
} as const;

export const APPROVAL_HINT = Object.entries(APPROVAL_KEYS)
  .map(([key, { text }]) => `${key} ${text}`)
  .join(' · ');

/** More rows than this may have left the screen. */
const ROWS_OF_A_SCREEN = 20;
/** Paths and hosts that are told, of each kind: all of them stand in the commands above. */
const MOST_PLACES = 40;
/** What is told as it is written; the rest in quotes, so that one cannot pose as two. */
const PLAIN_PLACE = /^[\w@%+=:./~*?[\]…-]+$/;
/** Strange characters that are named. */
const MOST_NAMED = 12;

/**
 * All of it, however long: what is not shown cannot be approved. Whoever asks has written most of it, so nothing of it steers the terminal, and no
 * row begins with it: also where the terminal would begin a new one.
 * @param columns how wide the terminal is; 0 where that is not known
 */
export function renderApproval(approval: ShownApproval, columns = 0): string {
  const until = new Date(approval.until).toTimeString().slice(0, 8);
  const rows = [
    `${approvalTitle(approval)} (until ${until})`,
    `  for ${askerText(approval)}`,
    ...argumentLines(approval.arguments),
    ...(approval.preview === undefined ? [] : ['  what it would do:', ...barred(approval.preview)]),
    ...approval.commands.map((found) => `  - ${found.class}: ${oneLine(found.text)} (${plainText(found.reason)})`),
    ...placeLines(approval),
    ...strangeLines(approval),
    `  class ${approval.class}, by ${plainText(approval.rule)}`,
  ].flatMap((line) => folded(line, columns));
  return [...rows, ...longLines(approval, rows.length, columns), ''].join('\n');
}

/** `run_command on web-1`: nothing in it is a stranger's to choose. */
export function approvalTitle({ tool, servers }: ShownApproval): string {
  return `${tool}${serversText(servers)}`;
}

/** Whoever asks may have chosen the label, and nothing before it. */
function askerText({ principal }: ShownApproval): string {
  if (!principal) return 'you';
  return `${principal.kind} ${plainText(principal.id)} (${plainText(JSON.stringify(principal.label))})`;
}

function serversText(servers: readonly string[]): string {
  if (servers.length === 0) return '';
  const times = new Map<string, number>();
  for (const server of servers) times.set(server, (times.get(server) ?? 0) + 1);
  const named = [...times].map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`));
  return ` on ${named.join(', ')}`;
}

/** Lines of a text stand below each other behind a bar, so that none of them can pose as ours. */
function argumentLines(input: ShownApproval['arguments']): string[] {
  return Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => [`  ${plainText(name)}:`, ...barred(argumentText(value))]);
}

function barred(text: string): string[] {
  return text.split('\n').map((line) => `  | ${plainText(line)}`);
}

function argumentText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Letters of other alphabets look like those of a host name or a path, and some characters like nothing at all. */
function strangeLines({ arguments: input, principal, preview = '' }: ShownApproval): string[] {
  const texts = Object.values(input).flatMap((value) => (value === undefined ? [] : argumentText(value)));
  const strange = strangeCharacters([principal?.label ?? '', ...texts, preview].join('\n'));
  if (strange.length === 0) return [];
  const more = strange.length > MOST_NAMED ? ` and ${strange.length - MOST_NAMED} more` : '';
  return [`  characters that may not be what they look like: ${strange.slice(0, MOST_NAMED).join(', ')}${more}`];
}

/** What it would touch, as far as its commands name it; those of the worst ones first. */
function placeLines({ commands }: ShownApproval): string[] {
  const worstFirst = commands.toSorted(
    (one, other) => Number(isWorse(other.class, one.class)) - Number(isWorse(one.class, other.class)),
  );
  const written = new Set(worstFirst.flatMap(({ writes = [] }) => writes));
  const named = new Set(worstFirst.flatMap(({ names = [] }) => names).filter((name) => !written.has(name)));
  return [...placeLine('names to write', written), ...placeLine('names besides', named)];
}

function placeLine(what: string, places: ReadonlySet<string>): string[] {
  if (places.size === 0) return [];
  const shown = [...places]
    .slice(0, MOST_PLACES)
    .map((place) => (PLAIN_PLACE.test(place) ? place : plainText(JSON.stringify(place))));
  const more = places.size > MOST_PLACES ? `, and ${places.size - MOST_PLACES} more` : '';
  return [`  ${what}: ${shown.join(', ')}${more}`];
}

function longLines(approval: ShownApproval, rows: number, columns: number): string[] {
  if (rows <= ROWS_OF_A_SCREEN) return [];
  return folded(`  ${approvalTitle(approval)}: ${rows} rows, read from the first one above`, columns);
}

function oneLine(text: string): string {
  return plainText(text.replaceAll('\n', ' ⏎ '));
}
