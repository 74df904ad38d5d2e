/** What stands between a name and its value, and where the value is. */
export interface AssignedValue {
  /** What gives it: `=`, `:`, `>` (XML), or a space. */
  readonly sign: '=' | ':' | '>' | ' ';
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

/** Where a name stands in its line. */
export interface NamePlace {
  readonly start: number;
  readonly end: number;
  /** Whether nothing stands before it in the line but marks. */
  readonly isFirst: boolean;
}

/** All of a cell of a table. */
const CELL = /\S{0,256}\s{0,128}(?:\||$)/y;
/** Behind the name: the end of its quotes or brackets, then the sign. `%3D` is `=` in an address; the bytes are a space that does not break, and a wide colon. */
const SIGN =
  /\\{0,15}["'`]?[\])]?(?:[ \t]|\xc2\xa0){0,32}(?:\xef\xbc\x9a|(:=|\?=|\+=|=>|===?|!==?|=|%3D)|(:)|>|\|(?=[ \t])|((?<=[ \t])(?=\S)))(?:[ \t]|\xc2\xa0){0,32}/iy;
/** Between a name and text in quotes: the type of a variable, `token string = "…"`, `token: &str = "…"`. */
const TYPED = /:?[ \t]{1,8}&?(?:'\w{1,16} )?[A-Za-z_][\w.<>[\]]{0,31}[ \t]{0,8}=[ \t]{0,8}(?=["'`])/y;
/** Between two arguments of what sets a value: `setProperty("token", "…")`. */
const ARGUMENT = /["'`][ \t]{0,8},[ \t]{0,8}(?=["'`])/y;
const SETTER = /(?:set|put)\w{0,24}\([ \t]{0,8}["'`]$/i;
/** The same where the name is one of an element of XML with more about it. */
const ELEMENT = /["']?(?: [\w:.-]{1,64}="[^"<>]{0,256}"){0,8}\/?>(?:<!\[CDATA\[)?\s{0,16}/y;
/** Before a value in quotes: an anchor or a tag of YAML, a mark of the language. */
const MARK = /(?:[&!][\w!./-]{1,32}[ \t]{1,8}){0,2}(?:[$@NbBrRfLu](?=["'`]))?/y;
/** Longest text of an element that is looked for its end: there may be many that have none. */
const LONGEST_TEXT = 512;
const QUOTE = /\\{0,15}["'`]/y;

const at = (expression: RegExp, text: string, from: number): RegExpExecArray | null => {
  expression.lastIndex = from;
  return expression.exec(text);
};

/** What the name is given, if it is given anything. Each character is looked at a few times at most, whatever stands there. */
export function assignedValue(text: string, name: NamePlace): AssignedValue | undefined {
  const mayBeElement = text[name.end] === '>' ? text[name.end - 1] !== '-' : isElement(text, name.start);
  const element = mayBeElement ? at(ELEMENT, text, name.end) : null;
  if (element) return elementText(text, name.end + element[0].length);
  const between = at(TYPED, text, name.end) ?? argument(text, name);
  if (between) return behind(text, '=', name.end + between[0].length);
  const sign = at(SIGN, text, name.end);
  if (!sign || !isSign(text, name, sign[0])) return undefined;
  const kind = sign[1] ? '=' : sign[3] !== undefined ? ' ' : /[>|]/.test(sign[0]) && !sign[2] ? '>' : ':';
  const from = name.end + sign[0].length;
  const marked = from + (at(MARK, text, from)?.[0].length ?? 0);
  return behind(text, kind, marked) ?? bare(text, { sign: kind, from: marked, name, isTight: !/\s/.test(sign[0]) });
}

/** What stands in quotes there. */
function behind(text: string, sign: AssignedValue['sign'], from: number): AssignedValue | undefined {
  const quote = at(QUOTE, text, from)?.[0];
  return quote === undefined ? undefined : quoted(text, sign, from, quote);
}

function argument(text: string, { start, end }: NamePlace): RegExpExecArray | null {
  const found = at(ARGUMENT, text, end);
  return found && SETTER.test(text.slice(Math.max(0, start - 48), start)) ? found : null;
}

/** `>` ends an attribute, and `|` parts cells of a table: neither is a pipe, nor sends what a program writes to a file. */
function isSign(text: string, { start, end, isFirst }: NamePlace, sign: string): boolean {
  if (/^\\{0,15}["'`]?[\])]?\s*>/.test(sign)) return /^\\{0,15}["']>/.test(sign);
  if (!sign.includes('|')) return true;
  return (isFirst || /^\s{0,128}\|/.test(text.slice(0, start))) && at(CELL, text, end + sign.length) !== null;
}

function isElement(text: string, nameStart: number): boolean {
  const before = text[nameStart - 1];
  return before === '<' || (before === ':' && /<\w{1,16}:$/.test(text.slice(Math.max(0, nameStart - 18), nameStart)));
}

/** Up to the end of the element. Without one near by what stands right behind its name, and is no sentence about it. */
function elementText(text: string, start: number): AssignedValue | undefined {
  const found = text.slice(start, start + LONGEST_TEXT).indexOf('<');
  const end = trimmedEnd(text, start, found < 0 ? text.length : start + found);
  const isText =
    (found >= 0 && text[start + found + 1] === '/') || (text[start - 1] === '>' && !/\s/.test(text.slice(start, end)));
  return isText ? { sign: '>', start, end, isQuoted: true } : undefined;
}

/** Up to the next quote of the same kind that is not escaped more than the first is; without such a one up to the end. */
function quoted(text: string, sign: AssignedValue['sign'], from: number, opening: string): AssignedValue {
  const start = from + opening.length;
  const [depth, mark] = [opening.length - 1, opening.at(-1) ?? ''];
  for (let end = text.indexOf(mark, start); end >= 0; end = text.indexOf(mark, end + 1)) {
    let escapes = 0;
    while (end - escapes > start && text[end - escapes - 1] === '\\') escapes++;
    const isEnd = depth === 0 ? escapes % 2 === 0 : escapes <= depth;
    if (isEnd) return { sign, start, end: end - Math.min(escapes, depth), isQuoted: true };
  }
  return { sign, start, end: trimmedEnd(text, start, text.length), isQuoted: true };
}

/** One word, however it goes on. */
const WORD = /(?:\[redacted: [\w-]{1,64}\])?\S*/y;
/** One word among others of some notation. What a program has redacted is one, with what goes on behind it. */
const INLINE = /(?:\[redacted: [\w-]{1,64}\])?[^\s"'&;,<>|(){}[\]\\]*/y;
const SPACED = /(?:\[redacted: [\w-]{1,64}\])?[^\s"']*/y;
/** All of a line. */
const LINE = /[^\n]*/y;
/** Names and values that follow in the same line, as in what programs log. */
const MORE = /\s[\w.-]{1,64}=/;
const LIST = /[,;&]\w{1,64}[=:]/;

interface BareValue {
  readonly sign: AssignedValue['sign'];
  readonly from: number;
  readonly name: NamePlace;
  readonly isTight: boolean;
}

function bare(text: string, value: BareValue): AssignedValue | undefined {
  const { sign, from } = value;
  const end = bareEnd(text, value);
  return end > from ? { sign, start: from, end, isQuoted: false } : undefined;
}

function bareEnd(text: string, { sign, from, name, isTight }: BareValue): number {
  const end = (expression: RegExp): number => from + (at(expression, text, from)?.[0].length ?? 0);
  const before = text[name.start - 1];
  if (sign === '=' && isTight && (before === '"' || before === "'") && text[name.end] === '=') {
    const closing = text.indexOf(before, from);
    if (closing > 0) return closing;
  }
  if (name.isFirst && sign === '=') {
    const line = end(LINE);
    return MORE.test(text.slice(from, line)) ? spaced(text, from, end) : trimmedEnd(text, from, line);
  }
  if (name.isFirst && sign !== '>') return withoutSeparator(text, from, end(WORD));
  if (sign === '=' && before === ';') return closedBy(text, from, text[from] === '{' ? '}' : ';') ?? end(INLINE);
  if (sign === '=' && isTight && (before === undefined || /\s/.test(before))) return spaced(text, from, end);
  return end(INLINE);
}

/** Up to the next space, unless it is a list of names and values. */
function spaced(text: string, from: number, end: (expression: RegExp) => number): number {
  const last = end(SPACED);
  return LIST.test(text.slice(from, last)) ? end(INLINE) : last;
}

/** Up to a mark, where no quote stands before it. */
function closedBy(text: string, from: number, mark: string): number | undefined {
  const closing = text.indexOf(mark, from);
  return closing < 0 || closing - from > 256 || /["'<>]/.test(text.slice(from, closing)) ? undefined : closing;
}

const withoutSeparator = (text: string, start: number, end: number): number =>
  end - 1 > start && /[,;]/.test(text[end - 1] ?? '') ? end - 1 : end;

function trimmedEnd(text: string, start: number, from: number): number {
  let end = from;
  while (end > start && /\s/.test(text[end - 1] ?? '')) end--;
  return end;
}
