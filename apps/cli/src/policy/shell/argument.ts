import { SHELL_BOUNDS } from './shell-bounds.ts';

/** A word of a command as far as it is known before it runs. */
export interface Argument {
  /** All of it; undefined where a part is not known. */
  readonly text: string | undefined;
  /** How it begins for certain, or each of the words that come of it; all of it where that is known. */
  readonly start: string;
  /** Exactly one word comes of it, never none. */
  readonly single: boolean;
  /** As `text`, with what matches file names as it is written, where nothing else is unknown. */
  readonly pattern: string | undefined;
  /** Digits only, although not known which. */
  readonly isNumber?: true;
  /** All that it may be, where that is a loop's list: one word each. */
  readonly oneOf?: readonly string[];
  /** The variable that it is, and nothing else. */
  readonly variable?: string;
}

/** Of `$?` and `$#`. */
export const NUMBER: Argument = { text: undefined, start: '', single: true, pattern: undefined, isNumber: true };

export function knownArgument(text: string): Argument {
  return { text, start: text, single: true, pattern: text };
}

/** One word that begins as is said. */
export function unknownArgument(start = ''): Argument {
  return { text: undefined, start, single: true, pattern: undefined };
}

/** None, one or many. */
export const UNKNOWN_ARGUMENTS: Argument = { text: undefined, start: '', single: false, pattern: undefined };

/** What is left of a word when its first characters are taken away, which must be known. */
export function restOf(argument: Argument, from: number): Argument {
  return {
    text: argument.text?.slice(from),
    start: argument.start.slice(from),
    single: argument.single,
    pattern: argument.pattern?.slice(from),
  };
}

/** For people, and as text of a command that is run by another. */
export function printed(words: readonly Argument[], longest: number): string {
  let text = '';
  for (const word of words) {
    if (text.length >= longest) break;
    text += `${text === '' ? '' : ' '}${word.text ?? word.pattern ?? `${word.start}…`}`;
  }
  return text.slice(0, longest);
}

/** Puts a word together from its parts. */
export class ArgumentBuilder {
  #text: string | undefined = '';
  #pattern: string | undefined = '';
  #start = '';
  #startEnded = false;
  #splits = false;
  #single = true;
  #oneOf: readonly string[] | undefined;

  known(text: string): void {
    this.#oneOf = this.#oneOf?.map((each) => each + text);
    if (this.#text !== undefined) this.#text += text;
    if (this.#pattern !== undefined) this.#pattern += text;
    if (!this.#startEnded) this.#start += text;
  }

  /** Names of files that match. */
  glob(pattern: string): void {
    this.#oneOf = undefined;
    if (this.#pattern !== undefined) this.#pattern += pattern;
    this.#text = undefined;
    this.#startEnded = true;
    this.#single = false;
  }

  /** Text that is not known and cannot end the word. */
  unknown(): void {
    this.#oneOf = undefined;
    this.#text = this.#pattern = undefined;
    this.#startEnded = true;
  }

  /** One of these texts, which neither end the word nor are patterns. */
  oneOf(texts: readonly string[]): void {
    const before = this.#oneOf ?? (this.#text === undefined ? [] : [this.#text]);
    this.unknown();
    const all = before.flatMap((begin) => texts.map((text) => begin + text));
    if (all.length > 0 && all.length <= SHELL_BOUNDS.texts) this.#oneOf = all;
  }

  /** Words that all begin with what came before. */
  unknownWords(): void {
    this.unknown();
    this.#single = false;
  }

  /** Text that may end the word and begin others. */
  unknownSplit(): void {
    this.unknownWords();
    this.#splits = true;
  }

  build(): Argument {
    const start = this.#splits ? '' : this.#start;
    const built = { text: this.#text, start, single: this.#single, pattern: this.#pattern };
    return this.#oneOf && this.#single ? { ...built, oneOf: this.#oneOf } : built;
  }
}
