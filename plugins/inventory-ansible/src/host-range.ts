import { ServonautError } from '@servonaut/plugin-sdk';

/** Most names that one pattern may stand for. */
const MOST_NAMES = 10_000;

/** As long as a name may be, in characters. */
const LONGEST_PATTERN = 1_024;

const RANGE = /\[(?:(\d+):(\d+)|([A-Za-z]):([A-Za-z]))(?::(\d+))?\]/;

function invalid(pattern: string, what: string): ServonautError {
  return new ServonautError('config_invalid', { message: `${JSON.stringify(pattern.slice(0, 100))}: ${what}` });
}

/** `01:10` counts with as many digits as its start has. */
function members(from: string, to: string, step: number, isNumber: boolean): string[] {
  const [start, end] = isNumber ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)];
  const count = Math.floor((end - start) / step) + 1;
  const text = (value: number) => (isNumber ? String(value).padStart(from.length, '0') : String.fromCharCode(value));
  return Array.from({ length: Math.min(count, MOST_NAMES + 1) }, (_, index) => text(start + index * step));
}

/**
 * The names that a pattern of Ansible stands for: `web[01:10]`, `db-[a:f]`, `web[1:9:2]`, several ranges too.
 * @throws ServonautError `config_invalid` for a range that ends before it begins, or stands for too many
 */
export function expandRange(pattern: string): string[] {
  if (pattern.length > LONGEST_PATTERN) throw invalid(pattern, `is longer than ${LONGEST_PATTERN} characters`);
  const match = RANGE.exec(pattern);
  if (!match) return [pattern];
  const [range, firstNumber, lastNumber, firstLetter, lastLetter, step = '1'] = match;
  const isNumber = firstNumber !== undefined;
  const [from, to] = [firstNumber ?? firstLetter ?? '', lastNumber ?? lastLetter ?? ''];
  const ends = isNumber ? Number(from) <= Number(to) : from <= to;
  if (!ends || Number(step) === 0) throw invalid(pattern, 'the range ends before it begins');
  const [before, after] = [pattern.slice(0, match.index), pattern.slice(match.index + range.length)];
  const rest = expandRange(after);
  const names = members(from, to, Number(step), isNumber);
  if (names.length * rest.length > MOST_NAMES) throw invalid(pattern, `stands for more than ${MOST_NAMES} hosts`);
  return names.flatMap((name) => rest.map((end) => before + name + end));
}
