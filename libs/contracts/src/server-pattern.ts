import { z } from 'zod';

/** A server by its name, or several by a pattern of it in which `*` stands for any characters, also none. */
export const serverPatternSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:@*-]{1,128}$/, 'expected the name of a server, or a pattern of it with "*"');

/**
 * Whether `name` fits `pattern`. No regular expression is made of the pattern: each piece is looked for once, from left to right, so no pattern
 * can make this slow.
 */
export function fitsServerPattern(pattern: string, name: string): boolean {
  const [first = '', ...pieces] = pattern.split('*');
  const last = pieces.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let position = first.length;
  for (const piece of pieces) {
    const found = name.indexOf(piece, position);
    if (found === -1) return false;
    position = found + piece.length;
  }
  return position <= name.length - last.length;
}
