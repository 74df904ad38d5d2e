import type { Argument } from './argument.ts';
import { SHELL_BOUNDS } from './shell-bounds.ts';

/** What no shell splits, replaces or takes for an option. */
const PLAIN = /^[\w./@][\w./@:%,-]*$/;

/**
 * Variables of loops over known words, within their bodies. What a function or a trap in the body holds may run elsewhere, and a variable that is set in
 * any other way is not known: then nothing is known of any.
 */
export class LoopVariables {
  #texts = new Map<string, readonly string[]>();
  readonly #trusted = new Set<string>();
  readonly #set = new Set<string>();
  readonly #isTrusting: boolean;

  constructor(isTrusting: boolean) {
    this.#isTrusting = isTrusting;
  }

  /** What a variable may hold here, if that is known. */
  textsOf(name: string): readonly string[] | undefined {
    const texts = this.#texts.get(name);
    if (texts) this.#trusted.add(name);
    return texts;
  }

  /** A variable is set by what is no such loop. */
  sets(name: string): void {
    this.#set.add(name);
  }

  /** Whether something was told that does not hold. A shell splits by what `IFS` says. */
  get isDeceived(): boolean {
    if (this.#trusted.size > 0 && this.#set.has('IFS')) return true;
    for (const name of this.#trusted) if (this.#set.has(name)) return true;
    return false;
  }

  /** Whether all words of a loop are known and few. */
  isPlain(name: string, words: readonly Argument[]): boolean {
    const isFew = words.length > 0 && words.length <= SHELL_BOUNDS.texts;
    return this.#isTrusting && isFew && !this.#texts.has(name) && words.every(({ text }) => PLAIN.test(text ?? ''));
  }

  /** The body of a loop whose words are plain. */
  within(name: string, words: readonly Argument[], body: () => void): void {
    this.#texts.set(
      name,
      words.map(({ text }) => text ?? ''),
    );
    body();
    this.#texts.delete(name);
  }

  /** What may run outside of the loops that it stands in. */
  outside(inner: () => void): void {
    const around = this.#texts;
    this.#texts = new Map();
    inner();
    this.#texts = around;
  }
}
