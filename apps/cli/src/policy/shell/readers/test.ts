import type { Argument } from '../argument.ts';
import type { Call } from '../call.ts';

/** Whether a variable is set; bash evaluates what is in brackets behind its name, commands too. */
const EVALUATING = ['-v', '-R'];

/** `test` and `[`. A word that is not known may be such an operator, which does harm only if the word after it may hold brackets. */
export function readTest(call: Call): void {
  const words = call.name.endsWith('[') ? call.args.slice(0, -1) : call.args;
  words.forEach((word, at) => {
    const isSeveral = !word.single && word.text === undefined;
    if (isSeveral && !call.mustBeNumber(word))
      call.raise('forbidden', `${call.name} has words that are not known before it runs`);
    if (mayEvaluate(word) && mayHoldBrackets(words[at + 1])) call.raise('forbidden', `${call.name} may evaluate text`);
  });
}

function mayEvaluate({ text, start, isNumber, single }: Argument): boolean {
  if (text !== undefined) return EVALUATING.includes(text);
  return single && !isNumber && EVALUATING.some((operator) => operator.startsWith(start));
}

function mayHoldBrackets(word: Argument | undefined): boolean {
  if (!word || word.isNumber) return false;
  return word.text === undefined || word.text.includes('[');
}
