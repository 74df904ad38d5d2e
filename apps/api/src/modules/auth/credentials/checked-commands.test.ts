import { describe, expect, it } from '@jest/globals';
import { checkCommandTemplates } from './checked-commands.ts';

function aTemplate(pattern: string, max_length?: number) {
  const parameter = { pattern, ...(max_length !== undefined && { max_length }) };
  return { name: 'it', template: 'ls {x}', parameters: { x: parameter } };
}

describe('commands of a credential', () => {
  it.each(['[a-z0-9@._-]{1,64}', 'nginx|redis', '.*', '-[a-z]+', '\\pL{0,100}'])(
    'may have the pattern %s',
    (pattern) => {
      expect(() => checkCommandTemplates([aTemplate('.*'), aTemplate(pattern)])).not.toThrow();
    },
  );

  it.each([
    ['is no pattern', '(a', undefined],
    ['looks ahead', '(?=a)b', undefined],
    ['refers back', '(a)\\1', undefined],
    ['is too large', '.{0,900}', undefined],
    ['is too large for long values', '.{0,100}', 4_096],
  ])('may have no pattern that %s', (_what, pattern, length) => {
    expect(() => checkCommandTemplates([aTemplate('.*'), aTemplate(pattern, length)])).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('commands.1.parameters') }),
    );
  });

  it('may not have too many large patterns', () => {
    const commands = Array.from({ length: 50 }, () => aTemplate('.{0,400}'));
    expect(() => checkCommandTemplates(commands)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
