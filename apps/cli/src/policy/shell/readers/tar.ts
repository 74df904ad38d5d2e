import { knownArgument, type Argument } from '../argument.ts';
import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';

/** However many: what is not taken for letters would be an operand. */
const LETTERS = /^[A-Za-z]+$/;
const LISTS = ['-t', '--list', '-d', '--diff', '--compare'];
const CHANGES = '-x -c -r -u -A --extract --get --create --append --update --concatenate --catenate --delete'.split(
  ' ',
);
const ARCHIVE = ['-f', '--file'];
const ABSOLUTE = ['-P', '--absolute-names'];
const FOLDER = ['-C', '--directory'];

/** Options may be the letters of the first word, as in `tar tzf x`, with their values in the words after it. */
export function readTar(call: Call, rule: CommandRule): void {
  const [first] = call.args;
  if (first && !first.start.startsWith('-') && !LETTERS.test(first.text ?? ''))
    return call.raise('forbidden', 'the first word of tar is not understood');
  const scan = new OptionScan(call, rule, separated(call.args, rule), []);
  for (let word = scan.next(); word;) word = scan.next();
  const archive = valueOf(scan, ARCHIVE);
  if (archive && mayBeElsewhere(archive)) call.raise('forbidden', 'tar may read the archive on another machine');
  const has = (options: readonly string[]) => options.some((option) => scan.seen.has(option));
  if (has(LISTS) && !has(CHANGES)) return;
  call.raise('mutating', 'tar writes files');
  if (archive && archive.text !== '-') call.means('written', archive, 'tar -f');
  call.means('written', valueOf(scan, FOLDER) ?? knownArgument('.'), 'tar');
  if (has(ABSOLUTE)) call.raise('privileged', 'tar -P writes wherever the archive says');
}

/** `host:path`, unless a slash comes first. */
function mayBeElsewhere({ text, start, oneOf }: Argument): boolean {
  if (oneOf) return oneOf.some((each) => each.includes(':'));
  return text === undefined ? !start.includes('/') || start.includes(':') : text.includes(':');
}

function valueOf(scan: OptionScan, names: readonly string[]): Argument | undefined {
  return names.map((name) => scan.seen.get(name)).find((value) => value !== undefined);
}

function separated(args: readonly Argument[], rule: CommandRule): readonly Argument[] {
  const [letters, ...values] = args;
  if (letters?.text === undefined || !LETTERS.test(letters.text)) return args;
  const words = letters.text.split('').flatMap((letter) => {
    const takes = rule.options?.listed.get(`-${letter}`)?.value === 'required';
    return [knownArgument(`-${letter}`), ...(takes ? values.splice(0, 1) : [])];
  });
  return [...words, ...values];
}
