import type {
  ArithmeticExpansionPart,
  CommandExpansionPart,
  ParameterExpansionPart,
  ParsedScript,
  Word,
  WordPart,
} from 'unbash';
import { readArithmetic } from './arithmetic-reader.ts';
import { ArgumentBuilder, NUMBER, type Argument } from './argument.ts';
import type { WordEffects } from './word-effects.ts';

/** Where quotes mean something else, or nothing. */
type Around = 'nothing' | 'double quotes';

/** What POSIX shells and bash agree about in an operand of `${…}`. */
const PLAIN_OPERAND = /^[\w./:@%+=, -]*$/;

/** What a word stands for as far as bash and POSIX shells agree about it; what is otherwise is refused. */
export function readWord(word: Word, effects: WordEffects): Argument {
  const builder = new ArgumentBuilder();
  new WordReader(effects, builder).word(word);
  const [only, ...others] = word.parts ?? [];
  const part = only?.type === 'DoubleQuoted' && only.parts.length === 1 ? only.parts[0] : only;
  if (part?.type !== 'SimpleExpansion' || others.length > 0) return builder.build();
  return /^\$[#?$!]$/.test(part.text) ? NUMBER : { ...builder.build(), variable: part.text.slice(1) };
}

/** The lines of a here-document, in which names and commands are replaced. */
export function readHereDocument(parts: readonly WordPart[], effects: WordEffects): Argument {
  const builder = new ArgumentBuilder();
  new WordReader(effects, builder).parts(parts, 'double quotes');
  return builder.build();
}

class WordReader {
  readonly #effects: WordEffects;
  readonly #builder: ArgumentBuilder;

  constructor(effects: WordEffects, builder: ArgumentBuilder) {
    this.#effects = effects;
    this.#builder = builder;
  }

  word(word: Word): void {
    // ~+ and ~- are what variables hold that the script may have set.
    if (word.text.startsWith('~') && /^~[-+\d]/.test(word.text)) this.#builder.unknown();
    if (word.parts) this.parts(word.parts, 'nothing');
    else this.#builder.known(word.value);
  }

  parts(parts: readonly WordPart[], around: Around): void {
    for (const part of parts) this.#part(part, around);
  }

  #part(part: WordPart, around: Around): void {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
        return this.#builder.known(part.value);
      case 'DoubleQuoted':
        return this.parts(part.parts, 'double quotes');
      case 'Glob':
        return this.#glob(part.text, part.parts);
      case 'SimpleExpansion':
        return this.#variable(part.text.slice(1), around);
      case 'ParameterExpansion':
        return this.#parameter(part, around);
      case 'CommandExpansion':
        return this.#command(part, around);
      case 'ArithmeticExpansion':
        return this.#arithmetic(part, around);
      case 'ProcessSubstitution':
        return this.#process(part.script);
      case 'BraceExpansion':
        return this.#braces(part.text, part.parts);
      case 'AnsiCQuoted':
        return this.#ansiC(part.text);
      case 'LocaleString':
        return this.#effects.refuse('$"…" is text that depends on the language');
      case 'ExtendedGlob':
        return this.#effects.refuse(`${part.operator}(…) is read differently by different shells`);
    }
  }

  #variable(name: string, around: Around): void {
    const texts = this.#effects.textsOf(name);
    if (texts) this.#builder.oneOf(texts);
    else this.#replaced(around, name === '@');
  }

  #replaced(around: Around, isList = false): void {
    if (around === 'nothing' || isList) this.#builder.unknownSplit();
    else this.#builder.unknown();
  }

  #glob(text: string, parts: readonly WordPart[] | undefined): void {
    if (parts?.some((part) => part.type !== 'Literal' || part.text !== part.value)) {
      this.#effects.refuse('[…] holds what shells read differently');
    }
    this.#builder.glob(text);
  }

  /** bash makes several words of it, others leave it as it is. */
  #braces(text: string, parts: readonly WordPart[] | undefined): void {
    if (/[$`'"\\<>()]/.test(text)) this.#effects.refuse('{…} holds what shells read differently');
    if (parts) this.parts(parts, 'nothing');
    this.#builder.unknownWords();
  }

  /** Two texts, one for bash and another for shells that take the dollar sign as it is; and where a quote is escaped, two ends. */
  #ansiC(text: string): void {
    if (text.slice(2, -1).includes("'")) this.#effects.refuse("$'…' with a quote in it ends elsewhere in other shells");
    this.#builder.unknown();
  }

  #process(script: ParsedScript | undefined): void {
    if (script) this.#effects.script(script, undefined);
    else this.#effects.refuse('a process substitution is not understood');
    this.#builder.known('/dev/fd/');
    this.#builder.unknown();
  }

  #command(part: CommandExpansionPart, around: Around): void {
    const objection = objectionToSubstitution(part, around);
    if (objection !== undefined) this.#effects.refuse(objection);
    else if (part.script) this.#effects.script(part.script, part.script.source);
    this.#replaced(around);
  }

  #arithmetic(part: ArithmeticExpansionPart, around: Around): void {
    if (!part.text.startsWith('$((') || !part.expression) this.#effects.refuse('an expression is not understood');
    else readArithmetic(part.expression, this.#effects);
    this.#replaced(around);
  }

  #parameter(part: ParameterExpansionPart, around: Around): void {
    const objection = objectionToParameter(part);
    if (objection !== undefined) this.#effects.refuse(objection);
    else this.#operand(part, around);
    const isCount = part.prefix === '#';
    if (!part.prefix && !part.operation && !part.index) return this.#variable(part.parameter, around);
    this.#replaced(around, part.parameter === '@' && !isCount);
  }

  #operand({ operation, parameter }: ParameterExpansionPart, around: Around): void {
    if (operation?.type !== 'Default' && operation?.type !== 'Remove') return;
    if (operation.type === 'Default' && operation.operator.endsWith('=')) this.#effects.sets(parameter);
    const { operand } = operation;
    if (hasUnlikeQuotes(operand, around))
      this.#effects.refuse('${…} holds quotes or braces that shells read differently');
    const inner = new ArgumentBuilder();
    new WordReader(this.#effects, inner).parts(operand.parts ?? [], around);
    if (!inner.build().single) this.#builder.unknownSplit();
  }
}

/** Undefined for `$(…)` and backquotes that all shells read alike. */
function objectionToSubstitution({ text, script }: CommandExpansionPart, around: Around): string | undefined {
  if (!script) return 'a command substitution is not understood';
  if (text.startsWith('${')) return '${ …; } is read differently by different shells';
  if (text.startsWith('$((')) return '$((…) is a command to some shells and an expression to others';
  if (!text.startsWith('`')) return undefined;
  if (/[\\#<]/.test(text) || (around === 'double quotes' && text.includes('"'))) {
    return 'backquotes hold what shells read differently; write $(…)';
  }
  return undefined;
}

function objectionToParameter({ prefix, index, operation, parameter }: ParameterExpansionPart): string | undefined {
  if (prefix === '!') return '${!…} is what a variable names';
  if (index) return '${…[…]} evaluates what is in brackets';
  if (prefix === '#' && operation) return '${#…} with an operator is read differently by different shells';
  if (!/^(?:\w+|[@*#?$!-])$/.test(parameter)) return '${…} is not understood';
  switch (operation?.type) {
    case undefined:
    case 'Default':
    case 'Remove':
      return undefined;
    case 'Replace': {
      const plain = PLAIN_OPERAND.test(operation.pattern.text) && PLAIN_OPERAND.test(operation.replacement.text);
      return plain ? undefined : '${…/…/…} is read differently by different shells';
    }
    case 'CaseModification':
      return operation.operand ? '${…^…} is read differently by different shells' : undefined;
    default:
      return '${…} evaluates what the variable holds';
  }
}

/** Within double quotes the quotes of an operand are text to some shells, and braces count to some. */
function hasUnlikeQuotes(operand: Word, around: Around): boolean {
  const parts = operand.parts ?? [{ type: 'Literal' as const, text: operand.text }];
  return parts.some((part) => {
    if (part.type === 'Literal') return around === 'nothing' ? /[{}\\]/.test(part.text) : /[{}\\'"]/.test(part.text);
    if (part.type === 'SingleQuoted' || part.type === 'DoubleQuoted')
      return around !== 'nothing' || /[{}\\]/.test(part.text);
    return part.type === 'AnsiCQuoted' || part.type === 'ProcessSubstitution';
  });
}
