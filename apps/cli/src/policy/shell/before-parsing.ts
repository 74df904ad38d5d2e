import { SHELL_BOUNDS } from './shell-bounds.ts';

const codeOf = (character: string) => character.charCodeAt(0);
const TAB = codeOf('\t');
const NEWLINE = codeOf('\n');
const SPACE = codeOf(' ');
const BACKSLASH = codeOf('\\');
const BACKQUOTE = codeOf('`');
const DOLLAR = codeOf('$');
const LESS = codeOf('<');
const GREATER = codeOf('>');
const PARENTHESIS = codeOf('(');
const BRACE = codeOf('{');
const BRACKET = codeOf('[');
const DELETE = 0x7f;

/** 1 for what shells do not take as it stands. */
const SYNTAX = new Uint8Array(128);
for (const each of '\n;&|<>(){}[]$`"\'*?!=#') SYNTAX[codeOf(each)] = 1;

/**
 * 1 for what may be the second half of a character that began with the half of another: where the language is told in an encoding as GBK or Big5, bash
 * takes `\` behind the last byte of a sign for no backslash.
 */
const SECOND_HALVES = new Uint8Array(128);
for (const each of '\\`|{}[]') SECOND_HALVES[codeOf(each)] = 1;

/** Whether a text within the text may begin here: the counts are too high rather than too low, since quotes are not looked at. */
function opensText(code: number, next: number): boolean {
  if (code === BACKQUOTE) return true;
  if (code === DOLLAR) return next === PARENTHESIS || next === BRACE || next === BRACKET;
  return (code === LESS || code === GREATER) && (next === PARENTHESIS || next === LESS);
}

/**
 * Why a text is not parsed at all: it would take too long, or shells disagree about its characters. One pass; undefined for what can be parsed.
 * Shells drop a backslash and the newline after it, but not all of them between the characters of an operator or a name.
 */
export function objectionTo(text: string): string | undefined {
  if (text.length > SHELL_BOUNDS.length) return `it is longer than ${SHELL_BOUNDS.length} characters`;
  if (!text.isWellFormed()) return 'it holds half a character';
  let syntax = 0;
  let inner = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128) {
      if (SECOND_HALVES[text.charCodeAt(at + 1)] === 1)
        return 'in some languages a character of it joins with the next';
      continue;
    }
    if ((code < SPACE && code !== TAB && code !== NEWLINE) || code === DELETE) return 'it holds a control character';
    if (code === BACKSLASH && text.charCodeAt(at + 1) === NEWLINE && !isBlank(text.charCodeAt(at - 1))) {
      return 'it breaks a line within a word';
    }
    syntax += SYNTAX[code] ?? 0;
    if (opensText(code, text.charCodeAt(at + 1))) inner++;
  }
  if (syntax > SHELL_BOUNDS.syntax) return `it holds more than ${SHELL_BOUNDS.syntax} characters of syntax`;
  if (inner * text.length > SHELL_BOUNDS.reading) return 'it holds too many texts within its text for its length';
  return undefined;
}

/** The first character of all has none before it. */
function isBlank(code: number): boolean {
  return Number.isNaN(code) || code === SPACE || code === TAB || code === NEWLINE;
}
