import { ServonautError } from '../servonaut-error.ts';

/**
 * The value as exactly one shell word, whatever is in it. It does not keep a word that starts with `-` from being read as an option:
 * put `--` before it.
 * @throws ServonautError `invalid_request` for NUL, which no argument can carry, and for text that UTF-8 cannot encode.
 */
export function quote(value: string): string {
  refuseUnencodable(value);
  // Outside them stand quotes, backslashes, which fish reads inside them as escapes, and "!", which csh replaces there by what ran before.
  return `'${value.replaceAll(/['\\!]/g, String.raw`'\$&'`)}'`;
}

/** @throws ServonautError `invalid_request` when a process could not receive the text as it is. */
export function refuseUnencodable(text: string): void {
  if (text.includes('\0'))
    throw new ServonautError('invalid_request', { message: 'A value for the shell contains NUL.' });
  if (!text.isWellFormed())
    throw new ServonautError('invalid_request', { message: 'A value for the shell is not well-formed Unicode.' });
}
