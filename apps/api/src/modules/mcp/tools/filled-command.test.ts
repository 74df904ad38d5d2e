import { describe, expect, it } from '@jest/globals';
import { fillIn } from './filled-command.ts';

function aTemplate(pattern: string, max_length?: number) {
  const parameter = { pattern, ...(max_length !== undefined && { max_length }) };
  return { name: 'status', template: 'systemctl status -- {service}', parameters: { service: parameter } };
}

function refusal(pattern: string, given: Record<string, unknown>, max_length?: number): string {
  try {
    return `accepted: ${fillIn(aTemplate(pattern, max_length), given)}`;
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_request' });
    return (error as Error).message;
  }
}

describe('an approved command', () => {
  it.each([
    ['[a-z]+', 'nginx', "'nginx'"],
    ['.*', '', "''"],
    ['.*', "it's", `'it'\\''s'`],
    ['-[a-z]+', '-x', "'-x'"],
    ['.*', '🙂'.repeat(128), `'${'🙂'.repeat(128)}'`],
  ])('with the pattern %s takes %j', (pattern, service, word) => {
    expect(fillIn(aTemplate(pattern), { service })).toBe(`env 'systemctl' 'status' '--' ${word}`);
  });

  it.each([
    ['another text', '[a-z]+', 'SECRET', 'does not fit'],
    ['a text of which a part fits', '[a-z]+', 'SECRET nginx SECRET', 'does not fit'],
    ['none', '[a-z]+', '', 'does not fit'],
    ['a text that is too long', '.*', 'SECRET'.padEnd(257, 'x'), 'longer than 256'],
    ['NUL', '.*', 'SECRET\0', 'contains a line break or another control character'],
    ['a line break', '.*', 'SECRET\n', 'contains a line break or another control character'],
    ['a line separator', '.*', 'SECRET\u2028', 'contains a line break or another control character'],
    ['an escape', '.*', 'SECRET\u001b[31m', 'contains a line break or another control character'],
    ['a C1 control', '.*', 'SECRET\u009b', 'contains a line break or another control character'],
    ['half a character', '.*', 'SECRET\ud800', 'not well-formed'],
    ['an option', '.*', '--SECRET', 'begins with "-"'],
    ['a number', '.*', 5, 'not a text'],
    ['a list', '.*', ['SECRET'], 'not a text'],
    ['null', '.*', null, 'not a text'],
  ])('refuses %s, and names the parameter and its pattern, never the value', (_what, pattern, service, why) => {
    const message = refusal(pattern, { service });
    expect(message).toContain(`service: ${why}`);
    expect(message).toContain(pattern);
    expect(message).not.toContain('SECRET');
  });

  it('refuses an option for a pattern that does not begin with one', () => {
    expect(refusal('(-x|[a-z]+)', { service: '-x' })).toContain('begins with "-"');
  });

  it('takes as much as the parameter is given leave to be', () => {
    expect(refusal('.*', { service: 'xxx' }, 2)).toContain('longer than 2');
    expect(refusal('.*', { service: 'x'.repeat(300) }, 300)).toContain('accepted');
  });

  it('refuses what is missing, and what there is no parameter of, and says what there is', () => {
    const given = JSON.parse('{"__proto__": "x", "constructor": "y"}');
    expect(refusal('.*', given, 99)).toBe(
      'The parameters of status are not valid. service: missing. there is no parameter "__proto__". ' +
        '[systemctl status -- {service}] takes service: .* (up to 99 characters).',
    );
  });

  it.each([
    ['{a}-{b}', '.*', { a: '', b: 'rf' }, 'a: makes its argument begin with "-"'],
    ['{a}{b}-x', '.*', { a: '', b: '' }, 'a: makes its argument begin with "-"'],
    ['{a}-{b}', '-|.*', { a: '', b: 'x' }, undefined],
    ['{a}-{b}', '.*', { a: 'x', b: '' }, undefined],
    ['-{a}', '.*', { a: 'x', b: '' }, undefined],
  ])('%s with the pattern %s for %j becomes no option', (word, pattern, given, fault) => {
    const parameters = { a: { pattern }, b: { pattern: '.*' } };
    const fill = () => fillIn({ name: 'it', template: `ls ${word} {b}`, parameters }, given);
    if (fault === undefined) expect(fill()).toMatch(/^env 'ls' /);
    else expect(fill).toThrow(expect.objectContaining({ message: expect.stringContaining(fault) }));
  });
});
