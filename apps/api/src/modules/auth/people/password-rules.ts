import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs as graphs, dictionary } from '@zxcvbn-ts/language-common';

/** Characters, not bytes. The bounds of NIST SP 800-63B-4 section 3.1.1.2, between what it demands with and without a second factor. */
export const PASSWORD_LENGTH = { least: 12, most: 200 } as const;

/**
 * Guesses, as a power of ten, that a password has to be worth. At 25 ms each, whoever has a copy of the database guesses for 80 years of a core, and
 * those who ask here never get near.
 */
const LEAST_GUESSES_LOG10 = 11;
/** What comes after these makes no password easier to guess; finding words in more would take long. */
const LONGEST_LOOKED_AT = 64;
const SHORTEST_WORD = 3;

/** What is known to everybody and in no list. */
const FAMOUS_WORDS = ['correct', 'horse', 'battery', 'staple'];
const KNOWN_TO_ALL = ['servonaut', ...['', ' ', '-', '_', '.'].map((mark) => FAMOUS_WORDS.join(mark))];

/**
 * What is wrong with a new password, as a sentence; undefined when it will do.
 * @param about what anybody knows of the person, such as their e-mail address
 */
export function weaknessOf(password: string, about: readonly string[]): string | undefined {
  const { length } = Array.from(password);
  if (length < PASSWORD_LENGTH.least) return `A password has at least ${PASSWORD_LENGTH.least} characters.`;
  if (length > PASSWORD_LENGTH.most) return `A password has at most ${PASSWORD_LENGTH.most} characters.`;
  const looked = Array.from(password.normalize('NFKC')).slice(0, LONGEST_LOOKED_AT).join('');
  if (estimator().check(looked, [...about.flatMap(parts), ...KNOWN_TO_ALL]).guessesLog10 < LEAST_GUESSES_LOG10)
    return 'This password is easy to guess. Some words that have nothing to do with each other are hard to.';
  return undefined;
}

/** An e-mail address counts whole, and its name and the words of its name each. */
function parts(fact: string): string[] {
  const whole = fact.toLowerCase();
  return [whole, ...whole.split('@', 1), ...whole.split(/[^\p{L}\p{N}]+/u)].filter(
    (part) => part.length >= SHORTEST_WORD,
  );
}

let made: ZxcvbnFactory | undefined;

/** Its lists take memory that a process needs only where somebody chooses a password. */
function estimator(): ZxcvbnFactory {
  return (made ??= new ZxcvbnFactory({ dictionary, graphs }));
}
