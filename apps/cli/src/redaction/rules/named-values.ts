import type { SecretPlace, SecretRule } from '../secret-rule.ts';
import { assignedValue, type AssignedValue, type NamePlace } from './assigned-value.ts';
import { linePrefix } from './line-prefix.ts';
import { isNamed, isSecretValue, looksMade } from './plain-words.ts';
import { hasSecretWord, isAbout, NAME_KEYWORDS, nextSecretWord } from './secret-names.ts';

/** How far to the left a name is read. */
const LONGEST_NAME = 128;
const NAME_END = /[\w.-]*/y;
const NAME_BYTE = /[\w.-]/;

/** Values under names that say that they are secret, one after another: behind a value that is secret the search goes on behind that. */
function* namedValues(text: string): Generator<SecretPlace> {
  const prefix = linePrefix(text);
  let last = 0;
  for (let word = nextSecretWord(text, last); word; word = nextSecretWord(text, last)) {
    const name = nameAround(text, word.index, last, prefix);
    last = Math.max(name.end, word.index + word[0].length);
    for (const value of valuesOf(text, name)) {
      yield { from: name.start, to: value.end, start: value.start, end: value.end };
      last = Math.max(last, value.end);
    }
  }
}

function nameAround(text: string, word: number, last: number, prefix: number): NamePlace {
  let start = word;
  for (const first = Math.max(last, word - LONGEST_NAME); start > first && NAME_BYTE.test(text[start - 1] ?? '');)
    start--;
  NAME_END.lastIndex = word;
  const end = word + (NAME_END.exec(text)?.[0].length ?? 0);
  return { start, end, isFirst: start <= prefix };
}

const LISTED = /["']((?:[^"'\\]|\\.){1,4096})["'][\s,]{0,16}/y;
const LIST_BEGIN = /s?\\?["']?\]?\s{0,8}[:=]>?\s{0,8}\[\s{0,8}(?=["'])/y;

/** One, as a rule; of a list in quotes all. */
function* valuesOf(text: string, place: NamePlace): Generator<AssignedValue> {
  const name = text.slice(Math.max(place.start, place.end - LONGEST_NAME), place.end);
  LIST_BEGIN.lastIndex = place.end;
  const list = LIST_BEGIN.exec(text);
  if (list) yield* listed(text, place.end + list[0].length, name.replace(/s$/i, ''));
  else if (!isAbout(name)) {
    const value = assignedValue(text, place);
    if (value && isSecret(text, { ...place, name }, value)) yield value;
  }
}

function* listed(text: string, from: number, name: string): Generator<AssignedValue> {
  LISTED.lastIndex = from;
  for (let item = LISTED.exec(text); item; item = LISTED.exec(text)) {
    const start = item.index + 1;
    const value = item[1] ?? '';
    if (isNamed(name, value)) yield { sign: ':', start, end: start + value.length, isQuoted: true };
  }
}

/** Behind a colon or between words a value without quotes has to look like more than a word. */
function isSecret(text: string, place: NamePlace & { readonly name: string }, assigned: AssignedValue): boolean {
  const { sign, start, end, isQuoted } = assigned;
  const { name } = place;
  const value = text.slice(start, end);
  const isOption = name.startsWith('-') && sign !== ':' && /\s/.test(text[place.start - 1] ?? ' ');
  if (sign === ' ' && !isOption && !isDirective(text, place, value, end)) return false;
  if (isOption && value.startsWith('-') && sign === ' ') return false;
  if (!isSecretValue(name, value)) return false;
  if (!isQuoted && !isListed(text, place, assigned) && isReference(text, value, end)) return false;
  if (isOption && sign === ' ' && /^[a-z']+[.,;:]$/.test(value)) return false;
  if (isQuoted || sign === '=' || sign === '>') return sign !== '=' || !isExpression(text, place, value, assigned);
  if (sign === ' ') return true;
  return (
    looksMade(value) ||
    isNumberOfMember(text, place, value) ||
    isMember(text, place, start, end) ||
    isWholeLine(text, place, end)
  );
}

/** `password: 12345678` in JSON. */
const isNumberOfMember = (text: string, { end }: NamePlace, value: string): boolean =>
  /["']/.test(text[end] ?? '') && /^[0-9]{4,}$/.test(value);

/** `{ user: a, password: word }`. */
function isMember(text: string, { start }: NamePlace, from: number, end: number): boolean {
  const before =
    /[{,]\s?["']?$|^["']?$/.test(text.slice(Math.max(0, start - 3), start)) ||
    /\s[A-Z]/.test(text.slice(start - 1, start + 1));
  return (
    before &&
    text.slice(Math.max(0, start - 256), start).includes('{') &&
    (/^\s?[,}]/.test(text.slice(end, end + 2)) ||
      (text[from - 1] === ':' && /^ [A-Z]\w*:/.test(text.slice(end, end + 32))))
  );
}

/** `password: word`, with at most a comment behind it. */
function isWholeLine(text: string, { isFirst, start, end: nameEnd }: NamePlace, end: number): boolean {
  if (!isFirst || text.slice(start, nameEnd) === 'PASS') return false;
  return /:\s/.test(text.slice(nameEnd, nameEnd + 18)) && /^\s*(?:[,#].*)?$/.test(text.slice(end, end + 512));
}

/** `requirepass word`: a name and one word, which is all of the line. */
function isDirective(
  text: string,
  { isFirst, name }: NamePlace & { readonly name: string },
  value: string,
  end: number,
): boolean {
  if (!isFirst || !/^["']?[\s;]*$/.test(text.slice(end, end + 64))) return false;
  return /[A-Za-z][_.]|pass$|psk$|bindpw|rootpw|masterauth|[a-z][A-Z]/.test(name)
    ? !/^(?:[:=*-]|(?:map)?\[)/.test(value)
    : looksMade(value) || /^(?:password|secret)$/.test(name);
}

/** `Uid=a;Pwd=word;` and `(host=a,password=word)`, in which nothing is a part of a program. */
const isListed = (text: string, { start: name }: NamePlace, { sign, start, end }: AssignedValue): boolean =>
  sign === '=' &&
  text[start - 1] === '=' &&
  (/[;,]/.test(text[name - 1] ?? '') || /^[;,]\w/.test(text.slice(end, end + 2)));

/** A name of a program's own: `{ clientSecret: secret }`, `token: next(words)`; a command of a shell: `$(dd if=…`. */
function isReference(text: string, value: string, end: number): boolean {
  if (/^\$\([\w./-]+$/.test(value) && text[end] === ' ') return true;
  if (!/^[A-Za-z_$][\w$.]*$/.test(value)) return false;
  return text[end] === '(' || (!looksMade(value) && (hasSecretWord(value) || /^[A-Z]{2,}$/.test(value)));
}

/** Of a program rather than of settings. */
const EXPRESSION =
  /[;({]\s*$|^\[\]\w|^[\w$.]*\(|^[\w$.]+(?:\[|::|->)|^(?:await|new|yield|async|function|lambda|not|typeof)\s|\s(?:=>|\|\||&&|\?|if|or)\s/;

/** Another name, a constant, a number, or none but the name itself: `token == START`, `token = Name.Builtin`, `= 0x22`. */
const CONSTANT = /^(?:[A-Z][A-Za-z]*(?:\.[A-Z]\w*)+|[A-Z]+(?:_[A-Z]+)+|0x[0-9a-f]{1,8})(?=[\s,;|)]|$)/;

/** `password = other_password`, `token = next(words);`: not where a name stands close to its value, as in environments. */
function isExpression(text: string, { start, end }: NamePlace, value: string, assigned: AssignedValue): boolean {
  if (assigned.isQuoted) return false;
  if (value === `${text.slice(start, end)},`) return true;
  if (!/\s/.test(text[end] ?? '')) return false;
  if (text.slice(end, assigned.start).includes('==') && !looksMade(value)) return true;
  return (
    (CONSTANT.test(value) && !looksMade(value)) ||
    EXPRESSION.test(value) ||
    (/^[A-Za-z_$][\w$.]*$/.test(value) && hasSecretWord(value))
  );
}

/** Values under names that say that they are secret: in configuration, in environments, in what programs log. */
export const NAMED_VALUES: readonly SecretRule[] = [
  {
    kind: 'named-secret',
    keywords: NAME_KEYWORDS,
    find: namedValues,
    source:
      'environ(7), systemd.exec(5), YAML, TOML, JSON, XML, libpq and ADO connection strings, logfmt, options of programs',
  },
];
