import type { ParsedScript } from 'unbash';

/** What a word does beside standing for text. */
export interface WordEffects {
  /** A script within it runs. `text` is what its positions refer to where that is another than around it. */
  script(script: ParsedScript, text: string | undefined): void;
  /** What a variable may hold, where that is known; no shell splits it. */
  textsOf(name: string): readonly string[] | undefined;
  /** It is the worst. */
  refuse(reason: string): void;
  /** It sets a variable to a text. */
  sets(name: string): void;
  /** It sets a variable to a number. */
  counts(name: string): void;
  /** A variable is reckoned with: bash evaluates its value as an expression, which may hold commands. */
  reckonsWith(name: string): void;
}
