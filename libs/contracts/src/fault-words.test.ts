import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { faultText, inWords, nearestFaults, type FaultWordsOptions } from './fault-words.ts';

function told(schema: z.ZodType, value: unknown, options?: FaultWordsOptions): string {
  const { error } = schema.safeParse(value, inWords(options));
  const faults = (error?.issues ?? []).flatMap(nearestFaults);
  return faults.map(({ path, message }) => faultText(['it', ...path].join('.'), message)).join('; ');
}

const port = z.int().min(1).max(65_535);

describe('what is wrong with a value is said in words', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['a text for a number', port, 'hunter2', 'it must be a whole number from 1 to 65535, and is a text'],
    ['a number out of bounds', port, 70_000, 'it must be a whole number from 1 to 65535'],
    ['a fraction', port, 1.5, 'it must be a whole number from 1 to 65535'],
    ['a number that has to be less', z.number().max(7), 8, 'it must be a number of at most 7'],
    ['a number that has to be more', z.int().min(7), 6, 'it must be a whole number of at least 7'],
    ['what is read as a number', z.coerce.number(), 'hunter2', 'it must be a number, and is no number'],
    ['nothing', z.string(), undefined, 'it must be a text, and is missing'],
    ['an empty field', z.array(z.string()), null, 'it must be a list, and is empty'],
    ['a list for a map', z.strictObject({}), ['hunter2'], 'it must be a map, and is a list'],
    ['an empty text', z.string().min(1), '', 'it must not be empty'],
    ['a long text', z.string().max(3), 'hunter2', 'it must have at most 3 characters'],
    ['an empty list', z.array(z.string()).min(1), [], 'it must have at least 1 entry'],
    ['another form', z.string().regex(/^a+$/), 'hunter2', 'it must fit /^a+$/'],
    ['no address', z.url(), 'hunter2', 'it must be an address such as https://example.com'],
    ['another value', z.enum(['ask', 'deny']), 'hunter2', 'it must be one of ask, deny'],
    ['a slip', z.enum(['ask', 'deny']), 'dney', 'it must be one of ask, deny (did you mean "deny"?)'],
    ['no value', z.enum(['ask', 'deny']), undefined, 'it must be one of ask, deny, and is missing'],
    ['another version', z.literal(1), 2, 'it must be 1'],
    [
      'none of two kinds',
      z.union([z.string(), z.array(z.string())]),
      7,
      'it must be a text or a list, and is a number',
    ],
    ['one of two kinds', z.union([z.string(), z.array(z.string())]), [7], 'it.0 must be a text, and is a number'],
    [
      'a kind that there is not',
      z.discriminatedUnion('kind', [z.object({ kind: z.literal('aws') }), z.object({ kind: z.literal('gcp') })]),
      { kind: 'asw' },
      'it.kind must be one of aws, gcp (did you mean "aws"?)',
    ],
    ['the words of the schema', z.string().regex(/^a/, 'expected a name'), 'hunter2', 'it: expected a name'],
  ])('%s', (_, schema, value, words) => {
    expect(told(schema, value)).toBe(words);
  });

  it('with the value where it may be shown', () => {
    expect(told(port, 'ten', { shown: 'the text "ten"' })).toBe(
      'it must be a whole number from 1 to 65535, and is the text "ten"',
    );
  });

  it.each<[z.ZodType, FaultWordsOptions | undefined, string]>([
    [z.strictObject({ level: z.string().optional() }), undefined, 'it: unknown key "levle" (did you mean "level"?)'],
    [z.partialRecord(z.enum(['level']), z.string()), undefined, 'it: unknown key "levle" (did you mean "level"?)'],
    [z.strictObject({}), { besides: ['level'] }, 'it: unknown key "levle" (did you mean "level"?)'],
    [z.strictObject({}), undefined, 'it: unknown key "levle"'],
  ])('names a field that may have been meant', (schema, options, words) => {
    expect(told(schema, { levle: 'x' }, options)).toBe(words);
  });
});
