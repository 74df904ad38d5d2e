import { knownArgument, restOf, type Argument } from './argument.ts';
import { isWorse, type CommandClass } from './command-verdict.ts';
import { isClass, type Meaning, type WordList } from './command-rule.ts';
import type { Input, Surroundings } from './surroundings.ts';
import type { Finding } from './finding.ts';

/** One call of a command, and what can be said of it: how its rule and its reader tell what they find. */
export class Call {
  readonly name: string;
  readonly args: readonly Argument[];
  readonly input: Input;
  readonly #surroundings: Surroundings;
  readonly #finding: Finding;

  constructor(name: string, args: readonly Argument[], input: Input, surroundings: Surroundings, finding: Finding) {
    this.name = name;
    this.args = args;
    this.input = input;
    this.#surroundings = surroundings;
    this.#finding = finding;
  }

  get isWorst(): boolean {
    return this.#finding.isWorst;
  }

  /** @param what makes it so, as the beginning of a sentence */
  raise(commandClass: CommandClass, what: string): void {
    this.#finding.raise(commandClass, what);
  }

  /** A word that is not known and may be whatever the rule knows. */
  raiseToCeiling(ceiling: CommandClass): void {
    this.raise(ceiling, `an argument of ${this.name} is not known before it runs`);
  }

  /** @param what the word is, for people */
  means(meaning: Meaning, word: Argument, what: string): void {
    if (word.oneOf) return word.oneOf.forEach((each) => this.means(meaning, knownArgument(each), what));
    switch (meaning) {
      case 'written':
        return this.#surroundings.written(word, this.#finding, `${what} writes`);
      case 'shell':
        return this.shell(word.text, what);
      case 'variable':
      case 'exported':
        return this.#surroundings.setsByArgument(word, meaning === 'exported', this.#finding);
      case 'here':
        return this.writesHere(what);
      case 'sent':
        return this.#sends(word, what);
      case 'folder':
        return this.#surroundings.folders.goesTo(word);
      default:
        if (meaning !== 'read-only') this.raise(meaning, `${what} is ${meaning}`);
    }
  }

  /** A file of a name that the command knows, wherever the shell is. */
  writesHere(what: string): void {
    this.raise('mutating', `${what} writes files`);
    this.#surroundings.folders.writesHere();
  }

  /** Another machine learns it, which may be a secret where it is not known. `?` in a URL is meant as it stands. */
  #sends(word: Argument, what: string): void {
    const isKnown = (word.text ?? word.pattern) !== undefined || word.isNumber;
    if (!isKnown) this.raise('mutating', `${what} sends what is not known before it runs`);
  }

  meansOneOf(list: WordList, word: Argument): void {
    if (word.oneOf) return word.oneOf.forEach((each) => this.meansOneOf(list, knownArgument(each)));
    const [meaning, from] = meaningIn(list, word);
    const what = `${this.name} ${shown(word)}`;
    this.means(meaning, from === 0 ? word : restOf(word, from), what);
    for (const [text, commandClass] of list.holding) {
      // A loop over names of files has none with a colon in it.
      const mayHold = word.text?.includes(text) ?? !(text.includes(':') && this.isFile(word));
      if (mayHold) this.raise(commandClass, `${what} may hold ${text}`);
    }
  }

  /** Text that a shell reads; undefined when it is not known. */
  shell(text: string | undefined, what: string): void {
    if (text !== undefined) return this.#surroundings.innerText(text);
    this.#surroundings.folders.goesAnywhere();
    this.raise('forbidden', `${what} runs text that is not known before it runs`);
  }

  /** The same where it is the shell of the call itself that reads it, which knows its functions. */
  ownShell(text: string | undefined, what: string): void {
    if (text === undefined) this.shell(text, what);
    else this.#surroundings.ownText(text);
  }

  /** The same for what runs at another time. */
  laterShell(text: string | undefined, what: string): void {
    this.#surroundings.loops.outside(() => this.ownShell(text, what));
  }

  /** Another command. */
  runs(words: readonly Argument[], input: Input = this.input): void {
    this.#surroundings.command(words, input);
  }

  /** A word that is harmless only if it is a number. */
  mustBeNumber(word: Argument): boolean {
    if (word.variable !== undefined) this.#surroundings.variables.reckonsWith(word.variable);
    return word.isNumber === true || word.variable !== undefined;
  }

  /** Whether it is a variable that certainly holds the name of a file. */
  isFile({ variable }: Argument): boolean {
    return variable !== undefined && this.#surroundings.loops.isFile(variable);
  }

  /** A variable that a wrapper sets for its command. */
  sets(word: Argument): void {
    this.#surroundings.setsByArgument(word, true, this.#finding);
  }
}

/** For people; long words are cut. */
export function shown({ text, start }: Argument): string {
  const whole = text ?? `${start}…`;
  return whole.length > 40 ? `${whole.slice(0, 40)}…` : whole;
}

/** What a word means, and where in it what is meant begins. A word that is not known may be the worst of what it can still become. */
function meaningIn(list: WordList, { text, start }: Argument): readonly [Meaning, number] {
  const exact = text === undefined ? undefined : list.exact.get(text);
  if (exact) return [exact, 0];
  if (isDevious(text ?? `${start}/../`) && list.beginnings.some(namesPath)) return [worstMeaning(list, ''), 0];
  const begins = list.beginnings.find(([beginning]) => start.startsWith(beginning));
  if (begins) return [begins[1], isClass(begins[1]) ? 0 : begins[0].length];
  if (text !== undefined) return [list.unlisted, 0];
  return [worstMeaning(list, start), 0];
}

/** A path that is another one than it begins as. */
const isDevious = (text: string): boolean => /(?:^|[/:=,])\.\.(?:[/:,]|$)|\/\.(?:[/:]|$)|(?:^|[^:])\/\//.test(text);
const namesPath = ([beginning, meaning]: readonly [string, Meaning]) => beginning.startsWith('/') && isClass(meaning);

function worstMeaning(list: WordList, start: string): Meaning {
  const possible = [
    ...[...list.exact].filter(([word]) => word.startsWith(start)),
    ...list.beginnings.filter(([beginning]) => beginning.startsWith(start)),
  ].map(([, meaning]) => worstOfMeaning(meaning));
  let worst: Meaning = list.unlisted;
  for (const each of possible) {
    const soFar = worst === 'here' || worst === 'sent' ? 'mutating' : worst;
    if (isClass(each) && (soFar === 'folder' || (isClass(soFar) && isWorse(each, soFar)))) worst = each;
  }
  return worst;
}

/** Of a word that is not known. */
function worstOfMeaning(meaning: Meaning): Meaning {
  if (isClass(meaning) || meaning === 'folder') return meaning;
  return meaning === 'sent' ? 'mutating' : 'forbidden';
}
