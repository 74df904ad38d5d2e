import type { Argument } from '../argument.ts';
import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';
import { readSedScript } from './sed-script.ts';

const SCRIPTS = ['-e', '--expression'];
const IN_PLACE = ['-i', '--in-place'];

/** The first operand is a script unless an option has it; the others are files, which are written with `-i`. */
export function readSed(call: Call, rule: CommandRule): void {
  const scan = new OptionScan(call, rule, call.args, []);
  const operands: Argument[] = [];
  for (let word = scan.next(); word; word = scan.next()) operands.push(word);
  const isGiven = SCRIPTS.some((option) => scan.seen.has(option));
  const scripts = isGiven ? scriptsIn(call) : operands.splice(0, 1);
  for (const { text } of scripts) {
    if (text === undefined) call.raise('forbidden', 'sed runs a script that is not known before it runs');
    else readSedScript(call, text);
  }
  if (IN_PLACE.some((option) => scan.seen.has(option))) writeOperands(call, operands);
}

function writeOperands(call: Call, operands: readonly Argument[]): void {
  call.raise('mutating', 'sed -i changes files');
  for (const operand of operands) call.means('written', operand, 'sed -i');
}

/** All of them: a scan keeps the last value of an option only. What merely looks like one is read in vain. */
function scriptsIn({ args }: Call): readonly Argument[] {
  return args.flatMap((word, at) => {
    const joined = /^(?:-[a-zA-Z]*?e|--expression=)/.exec(word.start)?.[0];
    if (joined === undefined) return word.start === '--expression' ? args.slice(at + 1, at + 2) : [];
    if (word.text === joined) return args.slice(at + 1, at + 2);
    return [{ ...word, text: word.text?.slice(joined.length) }];
  });
}
