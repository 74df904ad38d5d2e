import type {
  AndOr,
  Case,
  Command,
  CompoundList,
  For,
  Function as FunctionDefinition,
  ParsedScript,
  Pipeline,
  Redirection,
  Statement,
  TestCommand,
  Word,
} from 'unbash';
import { UNKNOWN_ARGUMENTS, type Argument } from './argument.ts';
import type { Input, Surroundings } from './surroundings.ts';
import { Finding } from './finding.ts';
import { readRedirections } from './redirections.ts';
import { SHELL_BOUNDS } from './shell-bounds.ts';
import { SimpleCommand } from './simple-command.ts';
import { objectionToTest, wordsOfTest } from './test-expression.ts';

type Node = Statement['command'] | FunctionDefinition['body'];
interface Placed {
  readonly pos: number;
  readonly end: number;
}

const EMPTY_LINE: Input = { text: '\n' };
/** `echo` alone, which ends what waits for its input. */
const isEmptyLine = (node: Node | undefined): boolean =>
  node?.type === 'Command' && node.name?.text === 'echo' && node.prefix.length + node.suffix.length === 0;

/** Finds each simple command of one text. */
export class ScriptWalk {
  readonly #surroundings: Surroundings;
  /** What positions refer to. */
  readonly #source: string;

  constructor(surroundings: Surroundings, source: string) {
    this.#surroundings = surroundings;
    this.#source = source;
  }

  script(script: ParsedScript): void {
    const error = script.errors?.[0];
    if (error) this.#forbid(script, `it cannot be parsed: ${error.message}`);
    else this.#statements(script.commands);
  }

  #statements(statements: readonly Statement[]): void {
    for (const statement of statements) {
      if (statement.background) this.#add(statement, 'mutating', 'it goes on in the background');
      if (statement.command.type === 'Function' && !statement.background) this.#define(statement.command);
      else this.#node(statement.command);
    }
  }

  #list(list: CompoundList): void {
    this.#surroundings.functions.within(() => this.#statements(list.commands));
  }

  #node(node: Node): void {
    switch (node.type) {
      case 'Command':
        return this.#command(node);
      case 'Pipeline':
        return this.#pipeline(node);
      case 'AndOr':
        return this.#andOr(node);
      case 'Redirected':
        return this.#redirected(node.command, node.redirects, node);
      case 'Subshell':
      case 'BraceGroup':
        return this.#list(node.body);
      case 'CompoundList':
        return this.#list(node);
      case 'If':
        return this.#lists([
          node.clause,
          node.then,
          ...node.elif.flatMap((each) => [each.clause, each.then]),
          node.else,
        ]);
      case 'While':
        return this.#lists([node.clause, node.body]);
      case 'For':
        return this.#for(node);
      case 'Case':
        return this.#case(node);
      case 'TestCommand':
        return this.#test(node);
      case 'Function':
        return this.#functionBody(node);
      case 'Select':
      case 'Coproc':
      case 'ArithmeticFor':
      case 'ArithmeticCommand':
        return this.#forbid(node, 'other shells read this differently than bash');
    }
  }

  #lists(lists: readonly (CompoundList | undefined)[]): void {
    for (const list of lists) if (list) this.#list(list);
  }

  #pipeline(pipeline: Pipeline): void {
    const [first] = pipeline.commands;
    const isTimed = pipeline.prefixes.some((prefix) => prefix.type === 'Time');
    // A program called time in other shells, which takes neither assignments nor what is no simple command.
    if (
      isTimed &&
      (pipeline.prefixes.length > 1 || first?.type !== 'Command' || first.prefix.length > 0 || !first.name)
    ) {
      this.#forbid(pipeline, 'other shells read time differently than bash');
    }
    if (pipeline.operators.includes('|&'))
      this.#add(pipeline, 'mutating', '|& starts a background process in some shells');
    pipeline.commands.forEach((command, at) => {
      const piped = isEmptyLine(pipeline.commands[at - 1]) ? EMPTY_LINE : undefined;
      if (command.type === 'Command') this.#command(command, piped, !isTimed);
      else this.#node(command);
    });
  }

  #andOr(list: AndOr): void {
    for (const command of list.commands) this.#node(command);
  }

  #redirected(command: Node, redirects: readonly Redirection[], placed: Placed): void {
    const finding = this.#finding(placed, null);
    readRedirections(this.#surroundings, redirects, finding, this.#source);
    this.#surroundings.found(finding);
    this.#node(command);
  }

  #for(loop: For): void {
    const finding = this.#finding(loop, null);
    const name = this.#word(loop.name, finding).text;
    const values = loop.wordlist?.map((word) => this.#word(word, finding)) ?? [UNKNOWN_ARGUMENTS];
    if (name === undefined) finding.raise('forbidden', 'a loop sets a variable that is not known');
    else return this.#looped(loop, name, values, finding);
    this.#foundIfWorse(finding);
    this.#list(loop.body);
  }

  #looped(loop: For, name: string, values: readonly Argument[], finding: Finding): void {
    const { loops } = this.#surroundings;
    const isPlain = loops.isPlain(name, values);
    const areFiles = !isPlain && loops.areFiles(name, values);
    for (const value of values) {
      if (isPlain || areFiles) this.#surroundings.holds(name, value, false, finding);
      else this.#surroundings.assigns(name, value, false, finding);
    }
    this.#foundIfWorse(finding);
    if (isPlain) loops.within(name, values, () => this.#list(loop.body));
    else if (areFiles) loops.withinFiles(name, () => this.#list(loop.body));
    else this.#list(loop.body);
  }

  #case(choice: Case): void {
    const finding = this.#finding(choice, null);
    this.#word(choice.word, finding);
    for (const { pattern, terminator } of choice.items) {
      for (const word of pattern) this.#word(word, finding);
      if (terminator && terminator !== ';;') finding.raise('forbidden', `${terminator} is not read by all shells`);
    }
    this.#foundIfWorse(finding);
    for (const { body } of choice.items) this.#list(body);
  }

  #test(test: TestCommand): void {
    const finding = this.#finding(test, '[[');
    const objection = objectionToTest(test.expression);
    if (objection === undefined) for (const word of wordsOfTest(test.expression)) this.#word(word, finding);
    else finding.raise('forbidden', objection);
    this.#surroundings.found(finding);
  }

  /** Known from here on. Its body is run wherever its name is: it counts once, here. */
  #define(definition: FunctionDefinition): void {
    const { functions, table } = this.#surroundings;
    const name = definition.name.text;
    const isTaken = table.has(name) || functions.has(name);
    if (isTaken) this.#forbid(definition, `${name} would mean something else than it does`);
    this.#functionBody(definition);
    if (isTaken) return;
    functions.add(name);
    this.#surroundings.variables.defines(name);
  }

  #functionBody(definition: FunctionDefinition): void {
    const name = definition.name.text;
    const isPortable = definition.name.pos === definition.pos && /^[A-Za-z_]\w*$/.test(name);
    if (!isPortable) this.#forbid(definition, 'other shells read this function differently than bash');
    this.#surroundings.loops.outside(() => this.#node(definition.body));
  }

  #command(node: Command, piped?: Input, isDirect = true): void {
    const finding = this.#finding(node, node.name?.value ?? null);
    new SimpleCommand(this.#surroundings, node, finding, this.#source).read(piped, isDirect);
    this.#surroundings.found(finding);
  }

  #word(word: Word, finding: Finding): Argument {
    return this.#surroundings.word(word, finding, this.#source);
  }

  #finding({ pos, end }: Placed, name: string | null): Finding {
    return new Finding(this.#source.slice(pos, Math.min(end, pos + SHELL_BOUNDS.shown)), name);
  }

  /** What is no command is shown only if it matters. */
  #foundIfWorse(finding: Finding): void {
    if (finding.found().class !== 'read-only') this.#surroundings.found(finding);
  }

  #add(placed: Placed, commandClass: 'mutating' | 'forbidden', reason: string): void {
    const finding = this.#finding(placed, null);
    finding.raise(commandClass, reason);
    this.#surroundings.found(finding);
  }

  #forbid(placed: Placed, reason: string): void {
    this.#add(placed, 'forbidden', reason);
  }
}
