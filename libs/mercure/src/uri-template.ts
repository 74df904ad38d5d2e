/**
 * Matching of RFC 6570 URI templates, all four levels, in time linear in the text.
 *
 * The set of all expansions of a template is a regular language. It is compiled to a non-deterministic automaton and
 * simulated state set by state set, so that no template and no topic can make it backtrack: both may come from an
 * attacker. As in the reference hub, lengths (`{var:3}`) and the names of variables are not part of the language.
 */
export interface UriTemplate {
  /** Whether some expansion of the template is exactly this text. At most `template × text` steps. */
  matches(text: string): boolean;
}

/** Longest template that is compiled, in characters. A longer one is a plain string to callers. */
export const MAX_TEMPLATE_LENGTH = 1_024;

/** Returns undefined when the text is not a template: then it can only be compared as it is. */
export function compileUriTemplate(template: string): UriTemplate | undefined {
  if (template.length > MAX_TEMPLATE_LENGTH) return undefined;
  const program: Instruction[] = [];
  for (const part of template.split(/(\{[^{}]*\})/)) {
    if (part.startsWith('{')) {
      const expression = parseExpression(part);
      if (expression === undefined) return undefined;
      emitExpression(program, expression);
    } else {
      if (!LITERAL.test(part)) return undefined;
      for (let at = 0; at < part.length; at++) program.push({ accepts: part.charCodeAt(at) });
    }
  }
  return { matches: (text) => simulate(program, text) };
}

/** RFC 6570 section 2.1; every character has one way to match, so this cannot backtrack either. */
const LITERAL = /^(?:[!#$&-;=?-[\]_a-z~\u{A0}-\u{10FFFF}]|%[0-9A-Fa-f]{2})*$/u;
const VARIABLE = /^(?:\w|%[0-9A-Fa-f]{2})(?:\.?(?:\w|%[0-9A-Fa-f]{2}))*(\*|:[1-9]\d{0,3})?$/;

interface Expression {
  readonly first: string;
  readonly separator: string;
  readonly characters: ReadonlySet<number>;
  /** How many values may stand side by side; Infinity when a list or a map may be exploded. */
  readonly values: number;
}

const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RESERVED = ":/?#[]@!$&'()*+,;=";
const codes = (text: string): ReadonlySet<number> => new Set(Array.from(text, (character) => character.charCodeAt(0)));
/** A list that is not exploded is joined by commas, so a comma belongs to every value. */
const VALUE = codes(`${UNRESERVED},`);
const NAMED_VALUE = codes(`${UNRESERVED},=`);
const RESERVED_VALUE = codes(UNRESERVED + RESERVED);

/** RFC 6570 appendix A: what each operator puts before the first value and between values. */
const OPERATORS: Readonly<
  Record<string, Pick<Expression, 'first' | 'separator'> & { characters?: ReadonlySet<number> }>
> = {
  '+': { first: '', separator: ',', characters: RESERVED_VALUE },
  '#': { first: '#', separator: ',', characters: RESERVED_VALUE },
  '.': { first: '.', separator: '.' },
  '/': { first: '/', separator: '/' },
  ';': { first: ';', separator: ';', characters: NAMED_VALUE },
  '?': { first: '?', separator: '&', characters: NAMED_VALUE },
  '&': { first: '&', separator: '&', characters: NAMED_VALUE },
};

function parseExpression(text: string): Expression | undefined {
  const operator = OPERATORS[text.charAt(1)];
  const variables = text.slice(operator ? 2 : 1, -1).split(',');
  if (!variables.every((variable) => VARIABLE.test(variable))) return undefined;
  const exploded = variables.some((variable) => variable.endsWith('*'));
  const characters = operator?.characters ?? (exploded ? NAMED_VALUE : VALUE);
  const { first, separator } = operator ?? { first: '', separator: ',' };
  return { first, separator, characters, values: exploded ? Infinity : variables.length };
}

/** `accepts` consumes one character; `jumps` goes to all of the named instructions without consuming one. */
type Instruction = { readonly accepts: number | ReadonlySet<number> } | { readonly jumps: readonly number[] };

const PERCENT = '%'.charCodeAt(0);
const HEX = codes('0123456789ABCDEFabcdef');

/** Emits `(first value (separator value)*)?`; a template variable may be undefined, hence the question mark. */
function emitExpression(program: Instruction[], expression: Expression): void {
  const { first, separator, characters, values } = expression;
  const skips: number[] = [];
  const skippable = (): void => void skips.push(program.push({ jumps: [] }) - 1);
  skippable();
  if (first) program.push({ accepts: first.charCodeAt(0) });
  const loop = program.length;
  emitValue(program, characters);
  const repeats = values === Infinity ? 0 : values - 1;
  for (let count = 0; count < repeats; count++) {
    skippable();
    program.push({ accepts: separator.charCodeAt(0) });
    emitValue(program, characters);
  }
  if (values === Infinity) {
    skippable();
    program.push({ accepts: separator.charCodeAt(0) }, { jumps: [loop] });
  }
  for (const at of skips) program[at] = { jumps: [at + 1, program.length] };
}

/** Emits `(characters | %XX)*`. */
function emitValue(program: Instruction[], characters: ReadonlySet<number>): void {
  const start = program.length;
  program.push({ jumps: [start + 1, start + 3, start + 7] });
  program.push({ accepts: characters }, { jumps: [start] });
  program.push({ accepts: PERCENT }, { accepts: HEX }, { accepts: HEX }, { jumps: [start] });
}

function simulate(program: readonly Instruction[], text: string): boolean {
  let states = reach(program, [0]);
  for (let at = 0; at < text.length && states.length > 0; at++) {
    const code = text.charCodeAt(at);
    states = reach(
      program,
      states.filter((state) => accepts(program[state], code)).map((state) => state + 1),
    );
  }
  return states.includes(program.length);
}

function accepts(instruction: Instruction | undefined, code: number): boolean {
  if (instruction === undefined || 'jumps' in instruction) return false;
  return typeof instruction.accepts === 'number' ? instruction.accepts === code : instruction.accepts.has(code);
}

/** All instructions that can be reached without consuming a character; `program.length` is the end. */
function reach(program: readonly Instruction[], from: readonly number[]): number[] {
  const seen = new Set(from);
  for (const state of seen) {
    const instruction = program[state];
    if (instruction && 'jumps' in instruction) for (const next of instruction.jumps) seen.add(next);
  }
  return [...seen];
}
