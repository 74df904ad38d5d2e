import type { Call } from '../call.ts';
import type { CommandRule } from '../command-rule.ts';
import { OptionScan } from '../option-scan.ts';

/** `%n` sets the variable that its argument names. `%` and a backslash are no such thing. */
const SETS = /%[^%a-zA-Z\\(]*[hlLjztq]*n/;

/** The first operand is the format. */
export function readPrintf(call: Call, rule: CommandRule): void {
  const scan = new OptionScan(call, rule, call.args, []);
  const format = scan.next();
  if (!format || !scan.next()) return;
  if (format.text === undefined) call.raise('forbidden', 'printf has a format that is not known before it runs');
  else if (SETS.test(format.text.replaceAll('%%', ''))) call.raise('forbidden', 'printf sets variables');
}
