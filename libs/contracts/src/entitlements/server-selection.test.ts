import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { idleTerms, selectServers, serverTermSchema } from './server-selection.ts';

const SERVERS = [
  { name: 'web-1', labels: { role: 'web', env: 'prod' } },
  { name: 'web-2', labels: { role: 'web', env: 'test' } },
  { name: 'web-3', labels: { role: 'web' } },
  { name: 'db-1', labels: { role: 'db' } },
];
const namesOf = (terms: readonly string[]) => selectServers(SERVERS, terms).map(({ name }) => name);

describe('a choice among servers', () => {
  it.each([
    [[], ['web-1', 'web-2', 'web-3', 'db-1']],
    [['web-1'], ['web-1']],
    [['web-*'], ['web-1', 'web-2', 'web-3']],
    [
      ['db-1', 'web-1'],
      ['web-1', 'db-1'],
    ],
    [['label:role=db'], ['db-1']],
    [['label:env'], ['web-1', 'web-2']],
    [['label:constructor'], []],
    [
      ['web-*', '!web-3'],
      ['web-1', 'web-2'],
    ],
    [
      ['!web-3', 'web-*'],
      ['web-1', 'web-2'],
    ],
    [['!label:role=web'], ['db-1']],
    [['!label:env'], ['web-3', 'db-1']],
    [['web-1', '!web-1'], []],
    [['.*'], []],
  ])('%j is %j', (terms, names) => expect(namesOf(terms)).toEqual(names));

  it('says which terms name nothing', () => {
    expect(idleTerms(SERVERS, ['web-*', 'web-9', '!db-*', '!cache-1', 'label:zone'])).toEqual([
      'web-9',
      '!cache-1',
      'label:zone',
    ]);
  });

  it('takes away from what it would be without the term, and adds nothing', () => {
    const term = fc.constantFrom('web-*', '*-1', 'label:role', 'label:env=prod', 'db-1');
    fc.assert(
      fc.property(fc.array(term, { minLength: 1 }), fc.array(term), (named, away) => {
        const all = namesOf(named);
        const left = namesOf([...named, ...away.map((one) => `!${one}`)]);
        expect(left).toEqual(all.filter((name) => !(away.length > 0 && namesOf(away).includes(name))));
      }),
    );
  });

  it.each(['web-1', 'web-*', '!web-3', 'label:role', 'label:role=d*', '!label:role=db'])('may have %s', (term) =>
    expect(serverTermSchema.safeParse(term).success).toBe(true),
  );

  it.each(['', '!', '!!web-1', 'a b', 'label:', 'label:=x', 'alice/web-1', 'x'.repeat(129)])(
    'may not have %j',
    (term) => expect(serverTermSchema.safeParse(term).success).toBe(false),
  );
});
