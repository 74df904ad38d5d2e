import { describe, expect, it } from '@jest/globals';
import { LinearPattern, PatternFault } from './linear-pattern.ts';

describe('a linear pattern', () => {
  it.each([
    ['[a-z]+', 'nginx', true],
    ['[a-z]+', 'nginx1', false],
    ['[a-z]+', ' nginx', false],
    ['nginx|redis', 'redis', true],
    ['nginx|redis', 'redis-server', false],
    ['^[a-z]+$', 'nginx', true],
    ['a$', 'a\n', false],
    ['.*', 'a\nb', false],
    ['(?:a|b){2}\\(\\?\\\\p[:x]', 'ab(?\\p:', true],
    ['.', '🙂', true],
    ['', '', true],
  ])('%s for %j: %p', (pattern, value, fits) => expect(new LinearPattern(pattern).fits(value)).toBe(fits));

  it.each(['\\pL', 'a\\PN', '[\\pL]', '(?i)a', '(?i:a)', '(?s).', '(?P<a>b)', '[[:alpha:]]', '[a[:^alpha:]]'])(
    'cannot have the costly %s',
    (pattern) =>
      expect(() => new LinearPattern(pattern)).toThrow(
        expect.objectContaining({ name: 'PatternFault', message: expect.stringContaining('is not taken') }),
      ),
  );

  it.each([
    '(a)\\1',
    '(?=a)b',
    '(?<=a)b',
    '[',
    'a{2,1}',
    '(',
    '*',
    '.{0,1000}.{0,1000}',
    '((.{99}){99})',
    '(?:.{0,50}){0,50}',
    '.{900}.{900}',
    '(a|b{9}c){9}{99}',
  ])('cannot be %s', (pattern) => expect(() => new LinearPattern(pattern)).toThrow(PatternFault));

  it.each(['(a+)+$', '(a|a)*$', '(.*a){20}', '(a?){30}a{10}', '(x+x+)+y'])(
    'answers for %s, which backtracking would not in a lifetime',
    (pattern) => expect(new LinearPattern(pattern).fits(`${'a'.repeat(255)}!`)).toBe(false),
  );

  it('says how many steps a character can cost', () => {
    expect(new LinearPattern('[a-z]+').stepsPerCharacter).toBeLessThan(10);
    expect(new LinearPattern('.{0,400}').stepsPerCharacter).toBeGreaterThan(400);
  });
});
