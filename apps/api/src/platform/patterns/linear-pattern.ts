import { RE2JS, RE2JSException } from 're2js';

/** Most repetitions that a pattern counts, all of its counts added up: each becomes a copy of what it repeats. */
const REPETITIONS = 1_000;

const COUNTED = /\{(\d+)(?:,(\d*))?\}/gu;

/**
 * A regular expression of RE2, which somebody else may have written: matching takes steps in proportion to the value and to the pattern, whatever the two
 * are, where one of JavaScript can take longer than anybody lives.
 */
export class LinearPattern {
  readonly #pattern: RE2JS;

  /** @throws PatternFault that says what is wrong with it */
  constructor(source: string) {
    const repetitions = [...source.matchAll(COUNTED)].reduce((sum, [, least, most]) => sum + Number(most || least), 0);
    if (repetitions > REPETITIONS) throw new PatternFault(`counts more than ${REPETITIONS} repetitions`);
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

/** What is wrong with a pattern. */
export class PatternFault extends Error {
  override readonly name = 'PatternFault';
}
