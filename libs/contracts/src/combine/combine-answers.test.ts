import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { combinationSchema, combineAnswers, combinedTable, type Combination } from './index.ts';

const LOGS: Combination = {
  rows: 'templates',
  key: 'template',
  similar: true,
  sum: ['count'],
  least: ['since'],
  greatest: ['until'],
  first: ['example'],
  order: [
    { by: 'count', direction: 'ascending' },
    { by: 'until', direction: 'descending' },
  ],
  columns: ['count', 'template', 'example'],
};
const FLEET: Combination = { order: [{ by: 'load', direction: 'descending' }], columns: ['load', 'state'] };

const of = (...templates: object[]) => ({ templates });
const each = (...data: Record<string, unknown>[]) => data.map((one, at) => ({ server: `web-${at + 1}`, data: one }));
const table = (combination: Combination, sources: ReturnType<typeof each>, length = 10_000) =>
  combinedTable(combination, combineAnswers(combination, sources), { servers: sources.length, length });

describe('the answers of many servers', () => {
  it('are one row each, in order, where the tool names no rows', () => {
    const sources = each({ load: 1, state: 'ok' }, { state: 'gone' }, { load: 9, state: 'hot' });
    expect(combineAnswers(FLEET, sources)).toEqual({
      rows: [
        { server: 'web-3', load: 9, state: 'hot' },
        { server: 'web-1', load: 1, state: 'ok' },
        { server: 'web-2', state: 'gone' },
      ],
      left_out: 0,
    });
    expect(table(FLEET, sources)).toBe(
      ['server  load  state', 'web-3      9  hot', 'web-1      1  ok', 'web-2      -  gone'].join('\n'),
    );
  });

  it('become one row where the key is the same, and say which servers have it', () => {
    const sources = each(
      of({ template: 'started', count: 2, since: 'b', until: 'c', example: 'first', secret: 1 }),
      of({ template: 'oom', count: 1, since: 'x', until: 'x', example: 'dead' }),
      of({ template: 'started', count: 5, since: 'a', until: 'b', example: 'second' }),
    );
    expect(combineAnswers(LOGS, sources).rows).toEqual([
      { template: 'oom', count: 1, since: 'x', until: 'x', example: 'dead', servers: ['web-2'] },
      { template: 'started', count: 7, since: 'a', until: 'c', example: 'first', servers: ['web-1', 'web-3'] },
    ]);
    expect(table(LOGS, sources)).toBe(
      [
        'count  template  example  servers',
        '    1  oom       dead     web-2',
        '    7  started   first    web-1, web-3',
      ].join('\n'),
    );
  });

  it('take in what a key with open words covers, whoever has told which first', () => {
    const narrow = of({ template: 'login of bob failed now', count: 1 });
    const open = of({ template: 'login of <*> failed now', count: 10 });
    const other = of({ template: 'login of bob worked now', count: 100 });
    for (const sources of [each(narrow, open, other), each(open, other, narrow)]) {
      const { rows } = combineAnswers(LOGS, sources);
      expect(rows.map(({ template, count }) => [template, count])).toEqual([
        ['login of <*> failed now', 11],
        ['login of bob worked now', 100],
      ]);
    }
  });

  it('are not hidden behind a key that is open for the most part', () => {
    const sources = each(of({ template: '<*> <*> now', count: 9 }), of({ template: 'disk full now', count: 1 }));
    expect(combineAnswers(LOGS, sources).rows).toHaveLength(2);
  });

  it('name many servers by their number', () => {
    const sources = each(...Array.from({ length: 30 }, () => of({ template: 'a', count: 1 })));
    const [row] = combineAnswers(LOGS, sources).rows;
    expect(row).toMatchObject({ servers_total: 30 });
    expect(row?.['servers']).toHaveLength(20);
    expect(table(LOGS, sources)).toMatch(/all 30$/);
    const but = [...sources, { server: 'db-1', data: of() }];
    expect(table(LOGS, but)).toMatch(/web-1, web-2, web-3 and 27 more$/);
  });

  it('say how many rows are not shown', () => {
    const templates = Array.from({ length: 70 }, (_, at) => ({ template: `t${at}`, count: at }));
    const { rows, left_out: left } = combineAnswers(LOGS, each(of(...templates)));
    expect([rows.length, left]).toEqual([50, 20]);
    expect(combineAnswers({ ...LOGS, most: 1 }, each(of(...templates))).left_out).toBe(69);
    expect(table({ ...LOGS, most: 1 }, each(of(...templates)))).toMatch(/\n\[69 more rows are left out; .*\]$/);
    expect(table(LOGS, each(of(...templates.slice(0, 3))), 100)).toMatch(/\n\[1 more row is left out; .*\]$/);
    expect(table(LOGS, each(of()))).toBe('No rows.');
  });

  it('are whose they are, whatever a row says', () => {
    const sources = each({ server: 'db-1', servers: ['db-1'], servers_total: 7, load: 1 });
    expect(combineAnswers({ ...FLEET, order: [{ by: 'server', direction: 'ascending' }] }, sources).rows).toEqual([
      { server: 'web-1', load: 1 },
    ]);
  });

  it('have no row that is too long keep out the others', () => {
    const sources = each({ load: 9, state: Array.from({ length: 64 }, () => 'x'.repeat(900)) }, { load: 1 });
    expect(combineAnswers(FLEET, sources, 5_000)).toEqual({ rows: [{ server: 'web-2', load: 1 }], left_out: 1 });
  });
});

const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
const field = fc.constantFrom('a', 'b', 'c', 'd', 'server', 'servers', 'constructor');
const fields = fc.array(field, { maxLength: 4 });
const combinations: fc.Arbitrary<Combination> = fc
  .record(
    {
      rows: field,
      key: field,
      similar: fc.boolean(),
      sum: fields,
      least: fields,
      greatest: fields,
      first: fields,
      order: fc.array(fc.record({ by: field, direction: fc.constantFrom('ascending', 'descending') }), {
        maxLength: 3,
      }),
      columns: fc.array(field, { minLength: 1, maxLength: 4 }),
      most: fc.integer({ min: 1, max: 20 }),
    },
    { requiredKeys: ['order', 'columns'] },
  )
  .map((given) => combinationSchema.parse(given));
const row = fc.dictionary(fc.oneof(field, fc.string(), fc.constant('__proto__')), json, { maxKeys: 6 });
const data = fc.dictionary(field, fc.oneof(json, fc.array(fc.oneof(row, json), { maxLength: 12 })), { maxKeys: 5 });
const answered = fc.array(data, { maxLength: 6 }).map((all) => each(...all));

describe('whatever servers and tools say', () => {
  it('an answer comes of it that is bounded, of the servers that were asked, and steers no terminal', () => {
    fc.assert(
      fc.property(combinations, answered, fc.integer({ min: 0, max: 2_000 }), (combination, sources, length) => {
        const combined = combineAnswers(combination, sources, length);
        const names = sources.map(({ server }) => server);
        const text = combinedTable(combination, combined, { servers: names.length, length });
        expect(JSON.stringify(combined.rows).length).toBeLessThanOrEqual(length + combined.rows.length + 2);
        expect(combined.rows.length).toBeLessThanOrEqual(combination.most ?? 50);
        for (const { server, servers = [server] } of combined.rows)
          expect(names).toEqual(expect.arrayContaining(servers as string[]));
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(JSON.stringify(combined)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      }),
      { numRuns: 300 },
    );
  });

  it('no row and nothing that is counted is lost or told twice', () => {
    const counted = fc.array(
      fc.array(fc.record({ template: fc.stringMatching(/^(a|b|<\*>)( (a|b|<\*>)){0,3}$/), count: fc.nat(1_000) }), {
        maxLength: 8,
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(counted, (all) => {
        const { rows, left_out: left } = combineAnswers(
          { ...LOGS, most: 1_000 },
          each(...all.map((one) => of(...one))),
        );
        const sum = (given: readonly { count?: unknown }[]) => given.reduce((so, { count }) => so + Number(count), 0);
        expect([sum(rows), left]).toEqual([sum(all.flat()), 0]);
        expect(new Set(rows.map(({ template }) => template)).size).toBe(rows.length);
      }),
    );
  });

  it('no two orders of the servers give different sums', () => {
    const words = fc.stringMatching(/^(a|b|<\*>)( (a|b|<\*>)){2}$/);
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (templates) => {
        const one = each(...templates.map((template) => of({ template, count: 1 })));
        const sums = (given: typeof one) =>
          combineAnswers(LOGS, given)
            .rows.map(({ template, count }) => `${template} ${count}`)
            .sort();
        expect(sums(one.toReversed())).toEqual(sums(one));
      }),
    );
  });

  it.each([
    ['have many words', 95, 'web '],
    ['have more words than are compared', 300, 'web '],
    ['are of a length of which the engine looks at no more', 20_000, 'x'],
  ])('keys that are alike for long and %s are told apart, at no more cost than others', (_which, times, word) => {
    const hostile = Array.from({ length: 4_000 }, (_, at) => ({
      template: `${word.repeat(times)}${at % 2 ? '<*>' : 'b'} ${10_000 + at}`,
      count: 1,
    }));
    expect(combineAnswers(LOGS, each(of(...hostile))).left_out).toBe(3_950);
  });

  it('rows that nobody asked for in such numbers are counted, and not looked at', () => {
    const rows = Array.from({ length: 15_000 }, () => ({ a: 1 }));
    const { rows: shown, left_out: left } = combineAnswers(
      { ...FLEET, rows: 'rows' },
      each({ rows }, { rows: [{ load: 5 }] }),
    );
    expect(shown[0]).toEqual({ server: 'web-2', load: 5 });
    expect(left).toBe(15_001 - 50);
  });
});
