import { unknownArgument, UNKNOWN_ARGUMENTS, type Argument } from '../argument.ts';
import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';

const REPLACES = ['-I', '-i', '--replace'];
/** Of these and those before, the last one holds for some and not for others. */
const GATHERS = ['-n', '-L', '-l', '--max-args', '--max-lines'];

/** Words of its input are added to a command, or take the place of a text in it. Nothing of them is known. */
export function readXargs(call: Call, rule: CommandRule): void {
  const scan = new OptionScan(call, rule, call.args, []);
  const name = scan.next();
  if (!name) return;
  const words = [name, ...scan.rest];
  const places = [...scan.seen]
    .filter(([option]) => REPLACES.includes(option))
    .map(([, value]) => (value ? (value.text ?? '') : '{}'));
  const isCertain = places.length === 1 && !GATHERS.some((option) => scan.seen.has(option));
  const filledWords = places.reduce((all, place) => all.map((word) => filled(word, place)), words);
  const all = isCertain ? filledWords : [...filledWords, UNKNOWN_ARGUMENTS];
  // What the command reads as its input is not that of xargs.
  call.runs(all, undefined);
}

function filled(word: Argument, place: string): Argument {
  if (word.text === undefined || place === '') return unknownArgument();
  const at = word.text.indexOf(place);
  return at < 0 ? word : unknownArgument(word.text.slice(0, at));
}
