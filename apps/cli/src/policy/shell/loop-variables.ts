import type { Argument } from './argument.ts';
import { LAST_WORD } from './script-variables.ts';
import { SHELL_BOUNDS } from './shell-bounds.ts';

/** What no shell splits, replaces or takes for an option. */
const PLAIN = /^[\w./@][\w./@:%,-]*$/;

/** Neither below `/dev` nor what a tilde stands for; nor what programs take for more than a name: `org.openssl.engine:x`, `/inet/tcp/…`. */
const FILE = /^(?!\/+(?:\.\/|\/)*(?:dev|inet)(?:\/|$))[\w./@*?[][^{}~:]*$/;

/**
 * Variables of loops over known words, within their bodies. What a function or a trap in the body holds may run elsewhere, and a variable that is set in
 * any other way is not known: then nothing is known of any.
 */
export class LoopVariables {
  #texts = new Map<string, readonly string[]>();
  #files = new Set<string>();
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

  /** Whether a variable is the name of a file here, although not known which; bash connects elsewhere by names that begin with `/dev/`. */
  isFile(name: string): boolean {
    if (this.#files.has(name)) this.#trusted.add(name);
    return this.#files.has(name);
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
    return isFew && this.#isFree(name) && words.every(({ text }) => PLAIN.test(text ?? ''));
  }

  /** Whether all words of a loop are names of files, or patterns of such names. */
  areFiles(name: string, words: readonly Argument[]): boolean {
    return words.length > 0 && this.#isFree(name) && words.every(({ pattern }) => FILE.test(pattern ?? ''));
  }

  #isFree(name: string): boolean {
    return this.#isTrusting && name !== LAST_WORD && !this.#texts.has(name) && !this.#files.has(name);
  }

  /** The body of a loop whose words are files. */
  withinFiles(name: string, body: () => void): void {
    this.#files.add(name);
    body();
    this.#files.delete(name);
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
    const [texts, files] = [this.#texts, this.#files];
    [this.#texts, this.#files] = [new Map(), new Set()];
    inner();
    [this.#texts, this.#files] = [texts, files];
  }
}
