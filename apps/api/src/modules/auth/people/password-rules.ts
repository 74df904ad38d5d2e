/** Characters, not bytes. The bounds of NIST SP 800-63B-4 section 3.1.1.2, between what it demands with and without a second factor. */
export const PASSWORD_LENGTH = { least: 12, most: 200 } as const;

/** What a guesser tries first says nothing; this much has to be left without it. */
const LEAST_BESIDE_WORDS = 8;
const LEAST_DISTINCT = 5;
const SHORTEST_WORD = 3;

const WORDS = [
  'servonaut',
  'administrator',
  'password',
  'passwort',
  'qwertyuiop',
  'asdfghjkl',
  'qwerty',
  'qwertz',
  'azerty',
  '1234567890',
  '12345678',
  '123456',
  '0987654321',
  'abcdefgh',
  'welcome',
  'letmein',
  'changeme',
  'iloveyou',
  'secret',
  'admin',
];

/**
 * What is wrong with a new password, as a sentence; undefined when it will do.
 * @param about what anybody knows of the person, such as their e-mail address
 */
export function weaknessOf(password: string, about: readonly string[]): string | undefined {
  const { length } = Array.from(password);
  if (length < PASSWORD_LENGTH.least) return `A password has at least ${PASSWORD_LENGTH.least} characters.`;
  if (length > PASSWORD_LENGTH.most) return `A password has at most ${PASSWORD_LENGTH.most} characters.`;
  const rest = withoutWords(password.normalize('NFKC').toLowerCase(), [...about.flatMap(parts), ...WORDS]);
  if (rest.length < LEAST_BESIDE_WORDS || new Set(rest).size < LEAST_DISTINCT)
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

/** Longest first, or a short word would break the long one that holds it. */
function withoutWords(password: string, words: readonly string[]): string[] {
  const longestFirst = words.toSorted((a, b) => b.length - a.length);
  return Array.from(longestFirst.reduce((rest, word) => rest.replaceAll(word, ''), password));
}
