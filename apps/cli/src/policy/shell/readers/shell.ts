import type { Argument } from '../argument.ts';
import type { Call } from '../call.ts';

/** Options with which a shell does as the script says and reads no file of the user's; some in one word. */
const HARMLESS = /^(?:[-+][euxvlf]+|-[euxvlf]*c[euxvlf]*|--login|--norc|--noprofile|--posix)$/;
const OPTION_NAMES = new Set(['pipefail', 'errexit', 'nounset', 'xtrace', 'verbose', 'noglob']);

/** `sh -c text`, and `sh` with its script on its input. */
export function readShell(call: Call): void {
  let isText = false;
  let at = 0;
  for (; at < call.args.length; at++) {
    const text = call.args[at]?.text;
    if (text === undefined) return call.raise('forbidden', `${call.name} runs what is not known before it runs`);
    if (/^[-+]o$/.test(text) && OPTION_NAMES.has(call.args[at + 1]?.text ?? '')) at++;
    else if (HARMLESS.test(text)) isText ||= /^-\w*c/.test(text) && !text.startsWith('--');
    else break;
  }
  if (call.args[at]?.text === '--') at++;
  runScript(call, isText, call.args.slice(at));
}

function runScript(call: Call, isText: boolean, [operand, next]: readonly Argument[]): void {
  if (isText && operand) return call.shell(operand.text, `${call.name} -c`);
  if (isText) return call.raise('forbidden', `${call.name} -c has no text`);
  if (!operand || readsInput(operand, next)) call.shell(call.input?.text, call.name);
  else call.raise('forbidden', `${call.name} runs a file, or is interactive`);
}

/** Behind `-` the next word is a script file, and behind `-s` there may be more options. */
function readsInput({ text }: Argument, next: Argument | undefined): boolean {
  if (text === '-') return next === undefined;
  if (text === '-s')
    return next === undefined || next.text === '--' || (next.start !== '' && !/^[-+]/.test(next.start));
  return text === '/dev/stdin';
}
