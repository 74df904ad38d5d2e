import type { Assignment, Command, Word } from 'unbash';
import { ArgumentBuilder, knownArgument, unknownArgument, type Argument } from './argument.ts';
import type { Finding } from './finding.ts';
import { judgeCommand, type CalledCommand } from './judge-command.ts';
import { readRedirections } from './redirections.ts';
import type { Input, Surroundings } from './surroundings.ts';

/** Reads one simple command: its assignments, its redirections, its name and its arguments. */
export class SimpleCommand {
  readonly #surroundings: Surroundings;
  readonly #node: Command;
  readonly #finding: Finding;
  /** What positions refer to. */
  readonly #source: string;

  constructor(surroundings: Surroundings, node: Command, finding: Finding, source: string) {
    this.#surroundings = surroundings;
    this.#node = node;
    this.#finding = finding;
    this.#source = source;
  }

  /**
   * @param piped what it reads where no redirection says otherwise
   * @param isDirect whether it is the shell itself that runs it, which knows functions
   */
  read(piped: Input, isDirect: boolean): void {
    const { name: nameWord, prefix, redirects } = this.#node;
    const name = nameWord && this.#word(nameWord);
    const takes = this.#surroundings.table.takes(name?.text);
    for (const each of prefix) {
      if (each.type === 'Assignment' && !takes.has(each.name)) this.#assignment(each, name !== undefined);
      else if (each.type === 'Assignment') this.#assignedValue(each);
    }
    const input = readRedirections(this.#surroundings, redirects, this.#finding, this.#source) ?? piped;
    if (name) this.#called(name, { input, isDirect });
  }

  #called(name: Argument, how: Pick<CalledCommand, 'input' | 'isDirect'>): void {
    const args = this.#node.args.map((each) => (each.type === 'Word' ? this.#word(each) : this.#asArgument(each)));
    judgeCommand(this.#surroundings, { name, args, ...how }, this.#finding);
  }

  #assignment(assignment: Assignment, exported: boolean): void {
    const value = this.#assignedValue(assignment);
    if (assignment.name === 'PATH' && this.#addsSystemFolders(assignment)) return;
    this.#surroundings.assigns(assignment.name, value, exported, this.#finding);
  }

  /** `PATH=$PATH:/usr/sbin`: commands are what their names say then as well. */
  #addsSystemFolders({ value }: Assignment): boolean {
    const text = value.type === 'Word' ? /^("?)\$(?:PATH|\{PATH\}):([\w/:]+)\1$/.exec(value.text)?.[2] : undefined;
    return text?.split(':').every((folder) => this.#surroundings.table.paths.holdsPrograms(folder)) ?? false;
  }

  #assignedValue({ value, append, index }: Assignment): Argument {
    if (append || index || value.type === 'ArrayValue') {
      this.#finding.raise('forbidden', 'some shells take this assignment for a command');
      return unknownArgument();
    }
    return this.#value(value);
  }

  /** An expression is a number, which other unknown texts are not. */
  #value(value: Word): Argument {
    const argument = this.#word(value);
    const isNumber = value.parts?.length === 1 && value.parts[0]?.type === 'ArithmeticExpansion';
    return isNumber ? knownArgument('0') : argument;
  }

  /** `export NAME=value`: bash takes the value as one word, others may split it. */
  #asArgument(assignment: Assignment): Argument {
    const value = this.#assignedValue(assignment);
    const builder = new ArgumentBuilder();
    builder.known(`${assignment.name}=`);
    if (value.text !== undefined) builder.known(value.text);
    else if (value.single) builder.unknown();
    else builder.unknownSplit();
    return builder.build();
  }

  #word(word: Word): Argument {
    return this.#surroundings.word(word, this.#finding, this.#source);
  }
}
