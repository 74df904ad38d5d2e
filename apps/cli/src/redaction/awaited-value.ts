import { markEnd } from './rules/line-prefix.ts';
import { isSecretValue, looksMade } from './rules/plain-words.ts';
import { isSecretName } from './rules/secret-names.ts';

/** Where a value stands in the line that it was awaited in, and what is awaited of the next. */
export interface TakenValue {
  readonly place?: readonly [start: number, end: number];
  readonly next: Awaited | undefined;
}

/** Waits in the lines behind a name for the value that is given to it there. */
export type Awaited = (line: Line) => TakenValue;

/** Longest value, in lines: of one that never ends the rest is not taken. */
const MOST_LINES = 512;
/** How many lines may be between a name and what is beside it. */
const MOST_BETWEEN = 6;

/** Without what programs put before it, nor the end of the line. */
interface Line {
  readonly text: string;
  /** Where it begins, behind that. */
  readonly at: number;
  readonly indent: number;
}

export function lineOf(whole: string): Line {
  const at = markEnd(whole);
  const text = whole.slice(at).trimEnd();
  return { text, at, indent: /^[ \t]*/.exec(text)?.[0].length ?? 0 };
}

const BLOCK =
  /^[ \t]{0,128}(?:- )?["']?([\w.-]{1,128})["']?[ \t]{0,16}(?::[ \t]{0,16}(?:[&!][\w!-]{1,32} )?([|>][0-9+-]{0,2})?(?:[ \t]{1,16}#.{0,256})?|[:=][ \t]{0,16}(\\|\[|"""|'''))$/;
const ELEMENT = /^[ \t]{0,128}<([\w.:-]{1,128})>$/;
const PAIR =
  /^[ \t]{0,128}(?:- |\{ ?)?(?:["']?(?:name|key|variable|parameterkey)["']?[ \t]{0,16}[:=][ \t]{0,16}["']?([\w./-]{1,256})["']?,?|<key>([\w.-]{1,128})<\/key>|variable[ \t]{1,8}"([\w-]{1,128})"[ \t]{0,8}\{)$/i;
const BESIDE =
  /^[ \t]{0,128}(?:["']?(?:value|default|parametervalue|plaintext)["']?[ \t]{0,16}[:=][ \t]{0,16}|<string>)(["']?)(.*?)(?:\1,?|<\/string>)$/i;
const MANIFEST = /^[ \t]{0,128}(?:- )?["']?apiVersion["']?: ["']?v1["']?,?$/;
const MEMBER = /^[ \t]{0,128}(?:- )?["']?[\w./-]{1,253}["']?[ \t]{0,8}[:=](?:[ \t]{1,16}(["']?)(.*?)\1,?)?$/;
const ITEM = /^[ \t]{0,128}(?:- )?(["']?)(.*?)\1,?$/;

/** What the lines behind this one are to be asked for. */
export function awaitedBehind(line: Line): Awaited | undefined {
  const [, name = '', scalar, opening] = BLOCK.exec(line.text) ?? [];
  if (isSecretName(singular(name))) return awaitedOf(singular(name), line.indent, scalar ?? opening);
  const element = ELEMENT.exec(line.text)?.[1];
  if (element && isSecretName(element)) return within(line.indent, wholeLine);
  const pair = PAIR.exec(line.text)
    ?.slice(1)
    .find((group) => group !== undefined);
  if (pair && isSecretName(pair.split('/').at(-1) ?? '')) return beside(line.indent, pair, MOST_BETWEEN);
  if (/^[ \t]{0,128}stringData:$/.test(line.text)) return within(line.indent, anything);
  return MANIFEST.test(line.text) ? manifest(line.text.indexOf('apiVersion'), MOST_BETWEEN * 2, false) : undefined;
}

const singular = (name: string): string => name.replace(/([^s])s$/i, '$1');

function awaitedOf(name: string, indent: number, opening: string | undefined): Awaited {
  if (opening === '"""' || opening === "'''") return upTo(opening, MOST_LINES);
  if (opening === '\\') return (line) => ({ ...placed(line, wholeLine(line)), next: undefined });
  if (opening === '[') return within(indent, (line) => item(line, name));
  if (opening) return within(indent, wholeLine);
  return (line) => {
    if (line.text === '') return { next: awaitedOf(name, indent, opening) };
    const isList = DASH.test(line.text);
    if (line.indent < indent || (line.indent === indent && !isList)) return { next: undefined };
    if (isList) return list(line.indent, name, MOST_LINES)(line);
    return within(indent, MEMBER.test(line.text) ? value(name) : wholeLine)(line);
  };
}

const DASH = /^[ \t]{0,128}- /;

type Taking = (line: Line) => readonly [start: number, end: number] | undefined;

/** Takes from each line that stands further in than its name. */
function within(indent: number, take: Taking, left = MOST_LINES): Awaited {
  return (line) => {
    if (line.text === '') return { next: left > 0 ? within(indent, take, left - 1) : undefined };
    if (line.indent <= indent || left === 0) return { next: undefined };
    return { ...placed(line, take(line)), next: within(indent, take, left - 1) };
  };
}

/** Takes the items of a list whose dashes stand at this place. */
function list(indent: number, name: string, left: number): Awaited {
  return (line) => {
    const isOver = left === 0 || (line.text !== '' && (line.indent !== indent || !DASH.test(line.text)));
    if (isOver) return { next: undefined };
    return { ...placed(line, item(line, name)), next: list(indent, name, left - 1) };
  };
}

function upTo(mark: string, left: number): Awaited {
  return (line) => {
    const isLast = line.text.includes(mark) || left === 0;
    return isLast
      ? { ...placed(line, [line.indent, line.text.indexOf(mark)]), next: undefined }
      : { ...placed(line, wholeLine(line)), next: upTo(mark, left - 1) };
  };
}

function beside(indent: number, name: string, left: number): Awaited {
  return (line) => {
    if (line.text === '') return { next: beside(indent, name, left) };
    const place = part(line, BESIDE);
    if (place) return { ...(isSecretValue(name, textOf(line, place)) && placed(line, place)), next: undefined };
    const isOver = left === 0 || line.indent < indent || /^\s*(?:- |[}\]],?$)/.test(line.text);
    return { next: isOver ? undefined : beside(indent, name, left - 1) };
  };
}

/** The object of Kubernetes that begins here, with members at this place: what a Secret holds is secret, and so is what looks like that where its kind is not said yet. */
function manifest(indent: number, left: number, isSecret: boolean): Awaited {
  return (line) => {
    const member = /^[ \t-]{0,128}["']?(kind|data|stringData)["']?:(?: ["']?(\w{1,64})["']?,?| \{)?$/.exec(line.text);
    const [, name, kind] = member && line.text.search(/\w/) - Number(/^\s*"/.test(line.text)) <= indent ? member : [];
    if (name === 'kind') return { next: kind === 'Secret' ? manifest(indent, MOST_LINES, true) : undefined };
    if (name) return { next: within(line.indent, isSecret || name === 'stringData' ? anything : encoded) };
    return { next: left > 0 ? manifest(indent, left - 1, isSecret) : undefined };
  };
}

const wholeLine: Taking = (line) => part(line, ITEM);
const anything: Taking = (line) => (MEMBER.test(line.text) ? part(line, MEMBER) : wholeLine(line));

/** In base64, of which ConfigMaps keep nothing under `data`. */
const encoded: Taking = (line) => {
  const place = part(line, MEMBER);
  const text = place && textOf(line, place);
  return text && text.length >= 8 && text.length % 4 === 0 && /^(?=.*[A-Z=])[A-Za-z0-9+/]+={0,2}$/.test(text)
    ? place
    : undefined;
};

/** Of members the one that says what the secret is. */
function value(name: string): Taking {
  return (line) => {
    const place = part(line, BESIDE);
    return place && isSecretValue(name, textOf(line, place)) ? place : undefined;
  };
}

/** One of a list: of secrets there are lists of names, too. */
function item(line: Line, name: string): readonly [number, number] | undefined {
  const place = part(line, ITEM);
  const text = place ? textOf(line, place) : '';
  return isSecretValue(name, text) && (/passw/i.test(name) || looksMade(text)) && !MEMBER.test(line.text)
    ? place
    : undefined;
}

const textOf = (line: Line, [start, end]: readonly [number, number]): string => line.text.slice(start, end);

/** The second group: what is not quotes or marks. */
function part(line: Line, expression: RegExp): readonly [number, number] | undefined {
  const found = expression.exec(line.text);
  const text = found?.[2];
  if (!found || !text) return undefined;
  const start = line.text.indexOf(text, found[0].lastIndexOf(text));
  return [start, start + text.length];
}

function placed(line: Line, place: readonly [number, number] | undefined): Pick<TakenValue, 'place'> {
  return place && place[1] > place[0] ? { place: [line.at + place[0], line.at + place[1]] } : {};
}
