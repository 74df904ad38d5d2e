import { describe, expect, it } from '@jest/globals';
import { checkCommandTemplates } from './checked-commands.ts';

function aTemplate(pattern: string, max_length?: number) {
  const parameter = { pattern, ...(max_length !== undefined && { max_length }) };
  return { name: 'it', template: 'ls {x}', parameters: { x: parameter } };
}

describe('commands of a credential', () => {
  it.each([
    ['[a-z0-9@._-]+', undefined],
    ['[a-z0-9@._-]{1,64}', 64],
    ['nginx|redis', undefined],
    ['.*', 4_096],
    ['-[a-z]+', undefined],
    ['(?:[0-9]{1,3}[.]){3}[0-9]{1,3}', undefined],
    ['[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', undefined],
  ])('may have the pattern %s', (pattern, length) => {
    expect(() => checkCommandTemplates([aTemplate('.*'), aTemplate(pattern, length)])).not.toThrow();
  });

  it.each([
    ['is no pattern', '(a', undefined],
    ['looks ahead', '(?=a)b', undefined],
    ['refers back', '(a)\\1', undefined],
    ['is costly to compile', '\\pL', undefined],
    ['is too large', '.{0,1000}', 1],
    ['is too large for its values', '.{0,100}', undefined],
    ['is too large for long values', '.{0,10}', 4_096],
  ])('may have no pattern that %s', (_what, pattern, length) => {
    expect(() => checkCommandTemplates([aTemplate('.*'), aTemplate(pattern, length)])).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('commands.1.parameters') }),
    );
  });

  it('may not have too many patterns, or too large ones together', () => {
    const parameters = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { pattern: 'x' }]));
    const many = Array.from({ length: 34 }, () => ({ ...aTemplate('x'), parameters }));
    expect(() => checkCommandTemplates(many)).toThrow('commands: more than 100 patterns');
    const large = Array.from({ length: 50 }, () => aTemplate('.{0,400}', 10));
    expect(() => checkCommandTemplates(large)).toThrow('commands: the patterns are too large together');
    const inOneCall = { ...aTemplate('x'), parameters: { a: { pattern: '.{900}', max_length: 1 } } };
    const three = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, inOneCall.parameters.a]));
    expect(() => checkCommandTemplates([{ ...inOneCall, parameters: three }])).toThrow(
      'commands.0.parameters: too much',
    );
  });
});
