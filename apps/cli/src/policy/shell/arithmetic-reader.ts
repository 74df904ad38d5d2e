import type { ArithmeticExpression, ArithmeticWord, WordPart } from 'unbash';
import type { WordEffects } from './word-effects.ts';

const NUMBER = /^(?:\d+|0[xX][\da-fA-F]+)$/;
const NAME = /^[A-Za-z_]\w*$/;
/** `=`, `+=`, `<<=` and the like, but no comparison. */
const ASSIGNMENT = /^(?:[-+*/%&|^]|<<|>>)?=$/;

/**
 * What an expression evaluates. bash takes the value of a variable for an expression in turn, and runs the commands that stand there in brackets:
 * so it matters what a variable holds, and a substituted text is not taken at all.
 */
export function readArithmetic(expression: ArithmeticExpression, effects: WordEffects): void {
  const waiting: ArithmeticExpression[] = [expression];
  for (let each = waiting.pop(); each; each = waiting.pop()) {
    switch (each.type) {
      case 'ArithmeticBinary':
        if (ASSIGNMENT.test(each.operator)) readAssigned(each.left, effects);
        waiting.push(each.left, each.right);
        break;
      case 'ArithmeticUnary':
        if (each.operator === '++' || each.operator === '--') readAssigned(each.operand, effects);
        waiting.push(each.operand);
        break;
      case 'ArithmeticTernary':
        waiting.push(each.test, each.consequent, each.alternate);
        break;
      case 'ArithmeticGroup':
        waiting.push(each.expression);
        break;
      case 'ArithmeticWord':
        readOperand(each, effects);
        break;
      case 'ArithmeticCommandExpansion':
        effects.refuse('an expression evaluates what a command prints');
    }
  }
}

/** A number comes of it, so that it may be reckoned with; but its name counts. */
function readAssigned(expression: ArithmeticExpression, effects: WordEffects): void {
  if (expression.type === 'ArithmeticWord' && NAME.test(expression.value)) effects.counts(expression.value);
  else effects.refuse('an expression sets what is not known');
}

function readOperand({ value, parts }: ArithmeticWord, effects: WordEffects): void {
  if (parts) return parts.forEach((part) => readPart(part, effects));
  if (NAME.test(value)) effects.reckonsWith(value);
  else if (!NUMBER.test(value)) effects.refuse('an expression holds what is not understood');
}

function readPart(part: WordPart, effects: WordEffects): void {
  if (part.type === 'Literal' && NUMBER.test(part.value)) return;
  const name = variableOf(part);
  if (name === undefined) effects.refuse('an expression evaluates what is not known');
  else if (NAME.test(name)) effects.reckonsWith(name);
}

/** `#`, `?`, `$` and `!` are numbers always; of `$1` and `$@` nothing is known. */
function variableOf(part: WordPart): string | undefined {
  if (part.type === 'SimpleExpansion')
    return /^\$(?:[A-Za-z_]\w*|[#?$!])$/.test(part.text) ? part.text.slice(1) : undefined;
  if (part.type !== 'ParameterExpansion' || part.operation || part.index || part.prefix === '!') return undefined;
  if (part.prefix === '#') return '#';
  return NAME.test(part.parameter) ? part.parameter : undefined;
}
