import type { PatternRule } from './secret-rule.ts';

/** Bits for each character: base64 of random bytes has more from 24 characters on, words and paths have less. */
const LEAST_ENTROPY = 4;

/** Values that look random: letters of both cases with digits, at least 24. Hashes in hexadecimal are none, since logs are full of them. */
export const HIGH_ENTROPY: Omit<PatternRule, 'keywords'> = {
  kind: 'high-entropy',
  pattern: '[A-Za-z0-9+/_-]{24,}={0,2}',
  accepts: ([value = '']) =>
    /[0-9]/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value) && entropyOf(value) >= LEAST_ENTROPY,
  source: 'Shannon, A Mathematical Theory of Communication, section 6',
};

/** In bits for each character. */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / value.length) * Math.log2(count / value.length);
  return entropy;
}
