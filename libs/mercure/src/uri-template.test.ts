import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileUriTemplate, MAX_TEMPLATE_LENGTH } from './uri-template.ts';

const matches = (template: string, text: string): boolean | undefined => compileUriTemplate(template)?.matches(text);

// Templates and expansions of RFC 6570 sections 3.2.2 to 3.2.9, with the variables of section 3.2.
const EXPANSIONS: Readonly<Record<string, readonly string[]>> = {
  'O{empty}X': ['OX'],
  'O{undef}X': ['OX'],
  '{var}': ['value'],
  '{hello}': ['Hello%20World%21'],
  'map?{x,y}': ['map?1024,768'],
  '{x,hello,y}': ['1024,Hello%20World%21,768'],
  '{var:3}': ['val'],
  '{list}': ['red,green,blue'],
  '{list*}': ['red,green,blue'],
  '{keys}': ['semi,%3B,dot,.,comma,%2C'],
  '{keys*}': ['semi=%3B,dot=.,comma=%2C'],
  '{+path}/here': ['/foo/bar/here'],
  'here?ref={+path}': ['here?ref=/foo/bar'],
  '{+x,hello,y}': ['1024,Hello%20World!,768'],
  '{+keys*}': ['semi=;,dot=.,comma=,'],
  'X{#var}': ['X#value', 'X'],
  '{#path,x}/here': ['#/foo/bar,1024/here'],
  'X{.var}': ['X.value'],
  'www{.dom*}': ['www.example.com'],
  'X{.x,y}': ['X.1024.768'],
  '{/var,x}/here': ['/value/1024/here'],
  '{/list*,path:4}': ['/red/green/blue/%2Ffoo'],
  '{/keys*}': ['/semi=%3B/dot=./comma=%2C'],
  '{;x,y,empty}': [';x=1024;y=768;empty'],
  '{;list*}': [';list=red;list=green;list=blue'],
  '{?x,y}': ['?x=1024&y=768'],
  '{?x,y,empty}': ['?x=1024&y=768&empty='],
  '{?keys*}': ['?semi=%3B&dot=.&comma=%2C'],
  '?fixed=yes{&x}': ['?fixed=yes&x=1024', '?fixed=yes'],
};

describe('a URI template', () => {
  it.each(Object.entries(EXPANSIONS))('%s matches its expansions', (template, expansions) => {
    for (const expansion of expansions) expect([expansion, matches(template, expansion)]).toEqual([expansion, true]);
  });

  it.each([
    ['/cli/{user}/commands', '/cli/1/2/commands'],
    ['/cli/{user}/commands', '/cli/1/commands\n'],
    ['/cli/{user}/commands', '/cli/%2/commands'],
    ['/cli/{user}/commands', '/cli/é/commands'],
    ['{var}', 'a b'],
    ['{x,y}', 'a=b'],
    ['X{.var}', 'Xvalue'],
    ['X{.x,y}', 'X.1/2'],
    ['{?x}', '?x=1?y=2'],
    ['{+path}', 'a b'],
    ['', 'a'],
  ])('%s does not match %j', (template, text) => {
    expect(matches(template, text)).toBe(false);
  });

  it.each([
    '{',
    '}',
    '{}',
    '{a',
    'a}',
    '{a{b}}',
    '{a,}',
    '{!a}',
    '{a:0}',
    '{a:12345}',
    '{a b}',
    '{.}',
    'a b',
    '<{a}>',
    '%2{a}',
  ])('is not what %j is', (text) => {
    expect(compileUriTemplate(text)).toBeUndefined();
  });

  it('has a longest length', () => {
    expect(compileUriTemplate('a'.repeat(MAX_TEMPLATE_LENGTH))).toBeDefined();
    expect(compileUriTemplate('a'.repeat(MAX_TEMPLATE_LENGTH + 1))).toBeUndefined();
  });

  it('matches whatever its variables are, as long as they are encoded', () => {
    const value = fc
      .string()
      .map((text) =>
        encodeURIComponent(text.toWellFormed()).replace(
          /[!'()*]/g,
          (character) => `%${character.charCodeAt(0).toString(16)}`,
        ),
      );
    fc.assert(
      fc.property(value, value, (first, second) => {
        expect(matches('/a/{first}/b{?second}', `/a/${first}/b?second=${second}`)).toBe(true);
        expect(matches('/a/{first}/b', `/a/${first}/${second}/b`)).toBe(false);
      }),
    );
  });

  it('matches the text of a template without variables and nothing else', () => {
    const literal = fc.string({ unit: fc.constantFrom(...'abc/.:~?=') });
    fc.assert(
      fc.property(literal, literal, (template, text) => {
        expect(matches(template, text)).toBe(template === text);
      }),
    );
  });

  it('never takes long, whatever an attacker combines', () => {
    const template = '{a}'.repeat(340);
    const startedAt = performance.now();
    expect(matches(template, `${'a'.repeat(200)}!`)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
