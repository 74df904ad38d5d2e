import { knownArgument, restOf, type Argument } from './argument.ts';
import { SHELL_BOUNDS } from './shell-bounds.ts';

/** A path has a slash, or is a home folder; a host has a dot, a user before it, or colons. Texts with blanks are scripts and messages. */
const LOOKS_LIKE_PLACE = /^[^\s]*[/@.~:][^\s]*$/;
const NUMBER = /^[\d.,:%+-]*$/;
const NAMED = /^-{0,2}[A-Za-z][\w-]{0,63}=/;

/** Places that are told of one command, for people: each once, the first of them; that there were more is told, too. */
export class ToldPlaces {
  readonly #told = new Set<string>();

  get all(): readonly string[] {
    return [...this.#told];
  }

  tell(word: Argument): void {
    const { named, shown } = SHELL_BOUNDS;
    const text = word.text ?? word.pattern ?? `${word.start}…`;
    if (this.#told.size >= named) this.#told.add('…');
    else this.#told.add(text.length > shown ? `${text.slice(0, shown)}…` : text);
  }

  /** The same for an argument that may be anything, also something that is not known; of an option or an operand with a name what stands behind `=`. */
  tellIfPlace(word: Argument): void {
    if (word.oneOf) return word.oneOf.forEach((text) => this.tellIfPlace(knownArgument(text)));
    const from = NAMED.exec(word.start)?.[0].length ?? 0;
    const isUnknown = word.text === undefined && word.pattern === undefined && !word.isNumber;
    const text = word.start.slice(from, from + SHELL_BOUNDS.shown);
    const isPlace = LOOKS_LIKE_PLACE.test(text) && !NUMBER.test(text) && !text.startsWith('-');
    if (isPlace || isUnknown) this.tell(from === 0 ? word : restOf(word, from));
  }
}
