import { unknownArgument, UNKNOWN_ARGUMENTS, type Argument } from '../argument.ts';
import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';

/** Words of its input are added to a command, or take the place of a text in it. Nothing of them is known. */
export function readXargs(call: Call, rule: CommandRule): void {
  const scan = new OptionScan(call, rule, call.args, []);
  const name = scan.next();
  if (!name) return;
  const words = [name, ...scan.rest];
  const replaces = ['-I', '-i', '--replace'].find((option) => scan.seen.has(option));
  const place = replaces === undefined ? undefined : (scan.seen.get(replaces) ?? { text: '{}' });
  const all = place ? words.map((word) => filled(word, place.text)) : [...words, UNKNOWN_ARGUMENTS];
  // What the command reads as its input is not that of xargs.
  call.runs(all, undefined);
}

function filled(word: Argument, place: string | undefined): Argument {
  if (word.text === undefined || place === undefined || place === '') return unknownArgument();
  const at = word.text.indexOf(place);
  return at < 0 ? word : unknownArgument(word.text.slice(0, at));
}
