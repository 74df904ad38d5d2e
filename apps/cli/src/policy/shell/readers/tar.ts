import { knownArgument, type Argument } from '../argument.ts';
import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';

const LISTS = ['-t', '--list', '-d', '--diff', '--compare'];
const ARCHIVE = ['-f', '--file'];
const ABSOLUTE = ['-P', '--absolute-names'];
const FOLDER = ['-C', '--directory'];

/** Options may be the letters of the first word, as in `tar tzf x`, with their values in the words after it. */
export function readTar(call: Call, rule: CommandRule): void {
  const scan = new OptionScan(call, rule, separated(call.args, rule), []);
  for (let word = scan.next(); word;) word = scan.next();
  const archive = valueOf(scan, ARCHIVE);
  if (archive?.text?.includes(':')) call.raise('forbidden', 'tar reads the archive on another machine');
  if (LISTS.some((option) => scan.seen.has(option))) return;
  call.raise('mutating', 'tar writes files');
  if (archive && archive.text !== '-') call.means('written', archive, 'tar -f');
  call.means('written', valueOf(scan, FOLDER) ?? knownArgument('.'), 'tar');
  if (ABSOLUTE.some((option) => scan.seen.has(option)))
    call.raise('privileged', 'tar -P writes wherever the archive says');
}

function valueOf(scan: OptionScan, names: readonly string[]): Argument | undefined {
  return names.map((name) => scan.seen.get(name)).find((value) => value !== undefined);
}

function separated(args: readonly Argument[], rule: CommandRule): readonly Argument[] {
  const [letters, ...values] = args;
  if (letters?.text === undefined || !/^[A-Za-z]{1,16}$/.test(letters.text)) return args;
  const words = letters.text.split('').flatMap((letter) => {
    const takes = rule.options?.listed.get(`-${letter}`)?.value === 'required';
    return [knownArgument(`-${letter}`), ...(takes ? values.splice(0, 1) : [])];
  });
  return [...words, ...values];
}
