import type { Argument } from '../argument.ts';
import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';

/** Names with which a program runs others, or reads what is no file of its arguments. `@` loads, includes and calls by name. */
const RUNS = /\b(?:system|getline|ARGV|SYMTAB)\b|@/;
/** A file of gawk's that is none. */
const CONNECTION = '/inet';

/** The first operand is a program; the others are files and assignments of its own. gawk connects to other machines by names of files that are none. */
export function readAwk(call: Call, rule: CommandRule): void {
  const scan = new OptionScan(call, rule, call.args, []);
  const program = scan.next();
  if (!program) return;
  if (program.text === undefined) return call.raise('forbidden', 'awk runs a program that is not known before it runs');
  const objection = objectionToProgram(program.text);
  if (objection !== undefined) call.raise('forbidden', objection);
  for (let file = scan.next(); file; file = scan.next())
    if (mayConnect(call, file)) call.raise('mutating', 'awk may connect to another machine');
}

/** A name that is not known at all may be any. */
function mayConnect(call: Call, file: Argument): boolean {
  const { text, pattern, start, oneOf } = file;
  if (oneOf) return oneOf.some((each) => each.startsWith(CONNECTION));
  if (start.startsWith(CONNECTION)) return true;
  return (text ?? pattern) === undefined && CONNECTION.startsWith(start) && !call.isFile(file);
}

/**
 * What a program might do beside printing. Where a regular expression or a comment ends cannot be told without parsing awk, so
 * that neither quotes nor parentheses are trusted in a program that may have one. `>` compares in parentheses, and where nothing has been printed before.
 */
function objectionToProgram(program: string): string | undefined {
  const text = /[/#]/.test(program) ? program : withoutStrings(program);
  if (RUNS.test(text)) return 'the awk program can run commands';
  if (text.replaceAll('||', '').includes('|')) return 'the awk program can run commands';
  const print = text.indexOf('print');
  return print >= 0 && redirects(text, print) ? 'the awk program can write files' : undefined;
}

function withoutStrings(program: string): string {
  let kept = '';
  let isString = false;
  for (let at = 0; at < program.length; at++) {
    const character = program.charAt(at);
    if (character === '\\') at++;
    else if (character === '"') isString = !isString;
    else if (!isString) kept += character;
  }
  return kept;
}

function redirects(text: string, print: number): boolean {
  if (/[/#]/.test(text)) return text.includes('>', print);
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (character === '{' || character === '}') depth = 0;
    else if (character === '>' && depth === 0 && at > print) return true;
  }
  return false;
}
