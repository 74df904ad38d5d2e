import { RE2JS, RE2JSException } from 're2js';

/** Largest pattern, in characters once each count is written out: what it takes to compile it grows with that. */
const SIZE = 1_000;

/** What is counted, where it ends a group, and how often. */
const COUNTED = /(\)?)\{(\d+)(?:,(\d*))?\}/gu;

/** Classes of Unicode and flags, which make one letter thousands of ranges to be merged; and an escape of anything, which is none of them. */
const COSTLY = /\\[pP]|\\.|\[:\^?\w+:\]|\(\?(?!:)/gsu;

/**
 * A regular expression of RE2, which somebody else may have written: compiling takes steps in proportion to its size, matching in proportion to the
 * value and to the pattern, whatever the two are, where one of JavaScript can take longer than anybody lives.
 */
export class LinearPattern {
  /** Most characters of it once each count is written out. */
  readonly size: number;
  readonly #pattern: RE2JS;

  /** @throws PatternFault that says what is wrong with it */
  constructor(source: string) {
    const costly = [...source.matchAll(COSTLY)].map(([found]) => found).find((found) => !/^\\[^pP]/su.test(found));
    if (costly !== undefined)
      throw new PatternFault(`${costly} is not taken: name the characters, and write (?: for a group`);
    this.size = sizeOf(source);
    if (this.size > SIZE) throw new PatternFault(`longer than ${SIZE} characters when its counts are written out`);
    try {
      this.#pattern = RE2JS.compile(source);
    } catch (error) {
      if (error instanceof RE2JSException) throw new PatternFault(error.message);
      throw error;
    }
  }

  /** Most steps per character of a value: the instructions that it is compiled to. */
  get stepsPerCharacter(): number {
    return this.#pattern.programSize();
  }

  /** Whether it fits the whole value. */
  fits(value: string): boolean {
    return this.#pattern.testExact(value);
  }
}

/** What is counted once adds to it; a group may have counts in it, and multiplies. */
function sizeOf(source: string): number {
  let [copied, groups] = [source.length, 1];
  for (const [, group, least, most] of source.matchAll(COUNTED)) {
    const count = Math.max(1, Number(most || least));
    if (group === '') copied += count;
    else groups *= count;
  }
  return copied * groups;
}

/** What is wrong with a pattern. */
export class PatternFault extends Error {
  override readonly name = 'PatternFault';
}
