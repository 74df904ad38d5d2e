import { LiteralScanner, quote, refuseUnencodable, ServonautError, type RefusedConstructs } from '@servonaut/contracts';
import { ShellCommand } from './shell-command.ts';

/** What a `sh` template takes as one word. A ShellCommand goes in as it is. */
export type ShellWord = string | number | ShellCommand;
/** An array becomes as many words as it has elements; an empty one none. */
export type ShellValue = ShellWord | readonly ShellWord[];

/**
 * Constructs inside which single quotes do not quote, and some of bash and ksh that calculate with words, which runs what is in a subscript.
 * JavaScript itself keeps backticks and a last backslash out of a template, unless they are escaped for the shell as well.
 */
const REFUSED: RefusedConstructs = {
  plain: ['<<', '((', '$[', '${', "$'", '=(', '[['],
  'double quotes': ['$(', '$[', '${'],
};

/**
 * A command for `/bin/sh` in which every interpolated value is exactly one word: ``sh`tail -n ${lines} -- ${path}` ``. The text of the
 * template reaches the shell as it is written, backslashes too. Values are one word to dash, bash, busybox, ksh93 and zsh alike, any of which may be
 * `/bin/sh`; where these read a text differently, it is refused. What a program does with the word (`eval`, or `test -eq` in ksh, which
 * calculates) is for the author to know.
 * @throws ServonautError `tool_failed` when a value stands where quoting cannot hold, `invalid_request` for a value that no process can receive.
 */
export function sh(template: TemplateStringsArray, ...values: readonly ShellValue[]): ShellCommand {
  const [first = '', ...rest] = template.raw;
  if (values.length === 0) return rawShell(first);
  const scanner = new LiteralScanner(REFUSED);
  refuse(scanner.read(first));
  const parts = values.map((value, index) => {
    refuse(scanner.acceptValue());
    const literal = rest[index] ?? '';
    refuse(scanner.read(literal));
    return words(value) + literal;
  });
  return new ShellCommand(first + parts.join(''));
}

/**
 * The text itself as the command. For constants, and for the one tool whose argument is a command.
 * @throws ServonautError `invalid_request` for NUL and for text that UTF-8 cannot encode.
 */
export function rawShell(text: string): ShellCommand {
  refuseUnencodable(text);
  return new ShellCommand(text);
}

function refuse(where: string | undefined): void {
  if (where === undefined) return;
  throw new ServonautError('tool_failed', {
    message: `sh: a value cannot be quoted ${where}. Assign it to a variable before: sh\`name=\${value}; \${sh\`…"$name"\`}\`.`,
  });
}

function words(value: ShellValue): string {
  return isWords(value) ? value.map(word).join(' ') : word(value);
}

function isWords(value: ShellValue): value is readonly ShellWord[] {
  return Array.isArray(value);
}

function word(value: ShellWord): string {
  if (value instanceof ShellCommand) return value.text;
  if (typeof value === 'string') return quote(value);
  if (Number.isFinite(value)) return quote(String(value));
  throw new ServonautError('tool_failed', { message: 'sh: a value is neither text nor a finite number.' });
}
