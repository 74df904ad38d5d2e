import type { TestExpression, Word } from 'unbash';

/** Operators whose words bash evaluates as expressions. */
const EVALUATING = new Set(['-v', '-R', '-eq', '-ne', '-lt', '-le', '-gt', '-ge']);
/** What other shells, to which `[[` is a name like others, would take for an operator or a comment. */
const UNLIKE = /[<>&|;()#]/;

/** Undefined for `[[ … ]]` that is one command to shells that do not know it as well. */
export function objectionToTest(expression: TestExpression): string | undefined {
  switch (expression.type) {
    case 'TestNot':
      return objectionToTest(expression.operand);
    case 'TestLogical':
    case 'TestGroup':
      return 'other shells take what is in [[ … ]] for commands';
    default: {
      if (EVALUATING.has(expression.operator)) return `[[ … ${expression.operator} … ]] evaluates text`;
      if (UNLIKE.test(expression.operator)) return 'other shells take what is in [[ … ]] for a redirection';
      return wordsOfTest(expression).some(isUnlike) ? 'other shells read what is in [[ … ]] differently' : undefined;
    }
  }
}

function isUnlike({ text, parts }: Word): boolean {
  if (!parts) return UNLIKE.test(text);
  return parts.some(({ type, text: part }) => {
    if (type === 'Literal' || type === 'Glob') return UNLIKE.test(part);
    return type === 'ExtendedGlob' || type === 'BraceExpansion' || type === 'AnsiCQuoted';
  });
}

/** Of an expression to which there is no objection. */
export function wordsOfTest(expression: TestExpression): readonly Word[] {
  switch (expression.type) {
    case 'TestUnary':
      return [expression.operand];
    case 'TestBinary':
      return [expression.left, expression.right];
    case 'TestNot':
      return wordsOfTest(expression.operand);
    default:
      return [];
  }
}
