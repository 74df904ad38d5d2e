import { parse, stringify } from 'smol-toml';
import type { Document, EntryEdit } from './entry-edit.ts';

/** What a text of several lines begins and ends with. */
const SEVERAL_LINES = /"""|'''/g;
/** The header of a table, or of one of an array of them (TOML 1.0, "Table"). */
const HEADER = /^[ \t]*\[{1,2}([^\][]+)\]{1,2}[ \t]*(?:#.*)?$/;

export function readToml(text: string): Document {
  return parse(text);
}

/**
 * By lines: no library keeps comments. A table can be written otherwise than with a header; whoever calls this reads again what has become of it.
 */
export function editToml(text: string, { section, name, fields }: EntryEdit): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  const written = fields
    ? stringify({ [section]: { [name]: fields } })
        .trimEnd()
        .split('\n')
    : [];
  const headers = headersOf(lines);
  const isOurs = (keys: readonly string[] = []): boolean => isWithin(keys, [section, name]);
  const from = headers.findIndex(isOurs);
  if (from === -1) return [...withoutEnd(lines), ...written, ''].join(eol);
  const next = headers.findIndex((keys, at) => at > from && keys !== undefined && !isOurs(keys));
  const to = startOfComments(lines, next === -1 ? lines.length : next, from);
  const rest = lines.slice(to);
  if (fields) return [...lines.slice(0, from), ...written, ...spaced(rest)].join(eol);
  const head = withoutEnd(lines.slice(0, from));
  return [...head, ...withoutStart(rest)].join(eol);
}

/** The keys of each line that is a header; undefined for the others, also for those in a text of several lines. */
function headersOf(lines: readonly string[]): (readonly string[] | undefined)[] {
  let open: string | undefined;
  return lines.map((line) => {
    const keys = open === undefined ? keysOf(line) : undefined;
    for (const [mark] of line.matchAll(SEVERAL_LINES)) {
      if (open === undefined) open = mark;
      else if (open === mark) open = undefined;
    }
    return keys;
  });
}

function keysOf(line: string): readonly string[] | undefined {
  const header = HEADER.exec(line)?.[1];
  return header?.match(/"[^"]*"|'[^']*'|[^.\s]+/g)?.map((key) => key.replace(/^["']|["']$/g, ''));
}

function isWithin(keys: readonly string[], table: readonly string[]): boolean {
  return table.every((key, at) => keys[at] === key);
}

/** Comments right above a table are about it. */
function startOfComments(lines: readonly string[], next: number, from: number): number {
  let start = next;
  while (start > from + 1 && /^\s*(?:#.*)?$/.test(lines[start - 1] ?? '')) start -= 1;
  return start;
}

function spaced(rest: readonly string[]): readonly string[] {
  return rest.length === 0 ? [''] : rest;
}

/** With one empty line at the end, unless there is nothing. */
function withoutEnd(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return last === -1 ? [] : [...lines.slice(0, last + 1), ''];
}

function withoutStart(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  return first === -1 ? [] : lines.slice(first);
}
