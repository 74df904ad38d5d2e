import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parseYamlFile } from './yaml-file.ts';

const parse = (text: string, schema: z.ZodType = z.unknown()) => parseYamlFile(text, 'a.yaml', schema);
const invalid = (message: string, line: number | null) =>
  expect.objectContaining({ code: 'config_invalid', message, facts: { line } });

describe('a YAML file', () => {
  it('names the alias that was meant as a pattern', () => {
    expect(() => parse('ok: 1\nservers: [*-web]\n')).toThrow(
      invalid(
        'a.yaml, line 2: *-web is an alias, which is not supported; put quotes around a value that begins with *',
        2,
      ),
    );
  });

  it.each([
    ['a: [\n', 2, 'it is indented as it cannot be, or a bracket before it is not closed (BAD_INDENT)'],
    ['a: 1\na: 2\n', 2, 'this key stands there twice (DUPLICATE_KEY)'],
    ['a: "hunter2\n', 2, 'a quote, a bracket, a colon or a space is missing (MISSING_CHAR)'],
  ])('says of %j in words what is wrong with it, and nothing of what stands there', (text, line, what) => {
    expect(() => parse(text)).toThrow(invalid(`a.yaml, line ${line}: no YAML: ${what}`, line));
  });

  it('says in words what the schema has against it, at its line and without what stands there', () => {
    const schema = z.strictObject({ keys: z.array(z.union([z.string(), z.strictObject({ size: z.int() })])) });
    expect(() => parse('keys:\n  - a\n  - size: hunter2\n', schema)).toThrow(
      invalid('a.yaml, line 3: keys.1.size must be a whole number, and is a text', 3),
    );
    expect(() => parse('keys: []\nkyes: hunter2\n', schema)).toThrow(
      invalid('a.yaml, line 2: file: unknown key "kyes" (did you mean "keys"?)', 2),
    );
  });

  it('may be as large as it says, and no larger', () => {
    const text = '#'.repeat(1_048_575);
    expect(parse(`${text}\n`)).toBeNull();
    expect(() => parse(`${text}#\n`)).toThrow(invalid('a.yaml: larger than 1048576 bytes', null));
  });

  it('is refused with an error of the set whatever goes wrong', () => {
    const broken = z.unknown().transform(() => {
      throw new RangeError('no more stack');
    });
    expect(() => parse('{}\n', broken)).toThrow(invalid('a.yaml: cannot be understood', null));
  });
});
