import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, judge, type JudgedCall } from './decide.ts';
import { LEVEL_NAMES, policySchema, type PolicyDocument } from './policy-schema.ts';
import type { PolicyQuestion } from './policy.ts';
import type { CommandClass, CommandVerdict } from './shell/command-verdict.ts';

const CLASSES = ['read-only', 'mutating', 'privileged', 'forbidden'] as const;
const bot = { kind: 'credential', id: 'cred-7', label: 'ci-deploy' } as const;
const alice = { kind: 'user', id: '42', label: 'alice' } as const;
const db = { name: 'db-1', labels: { role: 'db', env: 'prod' } };
const web = { name: 'web-1', labels: { role: 'web', env: 'staging' } };

/** `cd` goes elsewhere; other texts are named after their classes. */
const classOf = (text: string): CommandVerdict => ({
  class: text === 'cd' ? 'read-only' : (text as CommandClass),
  commands: [],
  reason: 'it says so',
  changesDirectory: text === 'cd',
});

const runs = (...texts: string[]) => texts.map((text) => ({ text, sudo: false, directory: '/srv/app' }));

function question(given: Partial<PolicyQuestion> = {}): PolicyQuestion {
  return {
    tool: 'run_command',
    effect: 'mutating',
    server: web,
    input: {},
    principal: alice,
    commands: runs('mutating'),
    now: new Date('2026-11-23T12:00:00Z'),
    ...given,
  };
}

const decided = (policy: Omit<PolicyDocument, 'version'>, given: Partial<PolicyQuestion> = {}) =>
  decide(policySchema.parse({ version: 1, ...policy }), judge(question(given), classOf));

type Rule = NonNullable<PolicyDocument['rules']>[number];
const rule = (given: Partial<Rule> = {}): Rule => ({ name: 'the-rule', decision: 'deny', ...given });
/** Whether a rule that denies, and one that allows, fits. */
const fits = (given: Partial<Rule>, asked: Partial<PolicyQuestion>) =>
  (['deny', 'allow'] as const).map(
    (decision) => decided({ rules: [rule({ ...given, decision })] }, asked).rule === 'the-rule',
  );

describe('the class of a call', () => {
  it.each<[CommandClass, Partial<PolicyQuestion>]>([
    ['privileged', { commands: runs('read-only', 'privileged', 'mutating') }],
    ['forbidden', { commands: runs('forbidden', 'read-only') }],
    ['read-only', { commands: runs('read-only') }],
    ['privileged', { commands: [{ text: 'read-only', sudo: true, directory: undefined }] }],
    ['forbidden', { commands: [{ text: 'forbidden', sudo: true, directory: undefined }] }],
    ['privileged', { commands: undefined, effect: 'privileged' }],
    ['mutating', { commands: [], effect: 'mutating' }],
  ])('is %s for %j', (worst, given) => {
    expect(judge(question(given), classOf).class).toBe(worst);
  });
});

describe('without rules', () => {
  it.each(
    LEVEL_NAMES.flatMap((level, most) =>
      CLASSES.map((called, index) => [level, called, index <= most ? 'allow' : 'ask'] as const),
    ),
  )('at level %s what is %s: %s', (level, called, decision) => {
    expect(decided({ level }, { commands: runs(called) })).toEqual({ decision, rule: 'level' });
  });

  it('the first of the levels that fits holds', () => {
    const levels = [
      { servers: ['label:role=db'], level: 'readonly' as const },
      { principals: ['credential:cred-*'], level: 'dangerous' as const },
      { servers: ['*'], level: 'standard' as const },
    ];
    expect(decided({ levels }, { server: db, principal: bot })).toEqual({ decision: 'ask', rule: 'levels[0]' });
    expect(decided({ levels }, { principal: bot, commands: runs('privileged') })).toEqual({
      decision: 'allow',
      rule: 'levels[1]',
    });
    expect(decided({ levels })).toEqual({ decision: 'allow', rule: 'levels[2]' });
    expect(decided({ levels }, { server: null, commands: undefined })).toEqual({ decision: 'ask', rule: 'level' });
  });

  it('a level that fits by the label alone lowers and does not raise', () => {
    const ofBot = (level: 'readonly' | 'standard' | 'dangerous') => ({ principals: ['credential:ci-*'], level });
    const asks = { principal: bot };
    expect(decided({ levels: [ofBot('dangerous')] }, asks)).toEqual({ decision: 'ask', rule: 'level' });
    const everybody = { level: 'standard' as const };
    expect(decided({ levels: [ofBot('dangerous'), everybody] }, asks).rule).toBe('levels[1]');
    expect(decided({ levels: [ofBot('readonly'), everybody] }, asks)).toEqual({ decision: 'ask', rule: 'levels[0]' });
    expect(decided({ levels: [ofBot('readonly')], level: 'standard' }, asks).decision).toBe('ask');
  });

  it.each<[PolicyDocument['rules'], string]>([
    [[], 'ask tool.approval'],
    [[rule({ decision: 'allow' })], 'allow the-rule'],
  ])('a tool that wants to be asked for is, at every level, unless a rule allows it', (rules, expected) => {
    const { decision, rule: by } = decided(
      { level: 'dangerous', rules },
      { approval: 'always', commands: undefined, effect: 'read-only' },
    );
    expect(`${decision} ${by}`).toBe(expected);
  });

  it('never being asked denies, and always being asked asks', () => {
    const reads = { commands: runs('read-only') };
    expect(decided({ approval: 'never' })).toEqual({ decision: 'deny', rule: 'level' });
    expect(decided({ approval: 'never' }, reads).decision).toBe('allow');
    expect(decided({ approval: 'always' }, reads)).toEqual({ decision: 'ask', rule: 'level' });
    const denied = { rules: [rule()], approval: 'always' as const };
    expect(decided(denied).decision).toBe('deny');
  });
});

describe('a rule', () => {
  it.each<[what: string, Partial<Rule>, Partial<PolicyQuestion>, boolean]>([
    ['without conditions fits all', {}, {}, true],
    ['fits a server by pattern', { servers: ['web-*'] }, {}, true],
    ['fits a server by label', { servers: ['label:role=db'] }, { server: db }, true],
    ['fits no other server', { servers: ['label:role=db'] }, {}, false],
    ['leaves out a server', { servers: ['*', '!web-1'] }, {}, false],
    ['of nothing but exceptions fits the others', { servers: ['!db-*'] }, {}, true],
    ['about servers fits no call without one', { servers: ['*'] }, { server: null }, false],
    ['about the operator fits none of the coordinator', { principals: ['operator'] }, {}, false],
    ['about the operator fits the operator', { principals: ['operator'] }, { principal: undefined }, true],
    ['about users fits no operator', { principals: ['user'] }, { principal: undefined }, false],
    ['about users fits no credential', { principals: ['user', 'user:*'] }, { principal: bot }, false],
    ['about everybody fits the operator', { principals: ['*'] }, { principal: undefined }, true],
    ['fits a credential by id', { principals: ['credential:cred-7'] }, { principal: bot }, true],
    ['about a credential fits no user of its name', { principals: ['credential:alice'] }, {}, false],
    ['fits a tool by pattern', { tools: ['run_*'] }, {}, true],
    ['fits no other tool', { tools: ['get_*'] }, {}, false],
    [
      'fits the class of the worst command',
      { classes: ['privileged'] },
      { commands: runs('read-only', 'privileged') },
      true,
    ],
    ['fits no other class', { classes: ['read-only'] }, { commands: runs('read-only', 'privileged') }, false],
    ['fits the folder', { directories: ['/srv/**'] }, {}, true],
    ['fits no other folder', { directories: ['/etc/**'] }, {}, false],
    ['fits while its window is open', { times: [{ from: '12:00', to: '13:00', zone: 'UTC' }] }, {}, true],
    ['does not fit while it is shut', { times: [{ from: '13:00', to: '14:00', zone: 'UTC' }] }, {}, false],
  ])('%s', (_, given, asked, does) => {
    expect(fits(given, asked)).toEqual([does, does]);
  });

  it('about run_command denies each tool that runs commands of its caller, and allows no other', () => {
    const job = { tool: 'start_job' };
    expect(fits({ tools: ['run_command'] }, job)).toEqual([true, false]);
    expect(fits({ tools: ['start_job'] }, job)).toEqual([true, true]);
    expect(fits({ tools: ['start_job'] }, {})).toEqual([false, false]);
    expect(fits({ tools: ['run_command'] }, { tool: 'get_logs', commands: undefined })).toEqual([false, false]);
  });

  it('about a label denies, and does not allow: whoever asks chooses it', () => {
    expect(fits({ principals: ['credential:ci-*'] }, { principal: bot })).toEqual([true, false]);
    const forged = { ...alice, id: 'grant-of-another' };
    expect(fits({ principals: ['user:alice'] }, { principal: forged })).toEqual([true, false]);
  });

  it.each<[what: string, Partial<PolicyQuestion>]>([
    [
      'a command that starts in the login folder',
      { commands: [{ text: 'mutating', sudo: false, directory: undefined }] },
    ],
    ['a command that goes elsewhere', { commands: runs('mutating', 'cd') }],
    ['one of several commands', { commands: [...runs('mutating'), { text: 'mutating', sudo: false, directory: 'x' }] }],
    ['a tool that shows no command', { commands: undefined }],
  ])('about folders denies %s, and does not allow it', (_, asked) => {
    expect(fits({ directories: ['/srv/**'] }, asked)).toEqual([true, false]);
  });
});

describe('rules', () => {
  const someOf = <Value>(values: readonly Value[]) =>
    fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });
  const conditions = fc.record(
    {
      servers: someOf(['web-*', 'label:role=db', '!web-1', 'db-1']),
      principals: someOf(['operator', 'user', 'credential:ci-*', 'credential:cred-7', '*']),
      tools: someOf(['run_*', 'get_logs']),
      classes: someOf(CLASSES),
      directories: someOf(['/srv/**', '/etc']),
    },
    { requiredKeys: [] },
  );
  const aRule = (decision: fc.Arbitrary<Rule['decision']>) =>
    fc.tuple(conditions, decision).map(([given, what]) => ({ ...given, decision: what }));
  const named = (rules: readonly Omit<Rule, 'name'>[]) =>
    rules.map((one, index) =>
      Object.fromEntries(Object.entries({ ...one, name: `r${index}` }).filter(([, value]) => value !== undefined)),
    );
  const calls: fc.Arbitrary<JudgedCall> = fc
    .record({
      tool: fc.constantFrom('run_command', 'get_logs'),
      server: fc.constantFrom(web, db, null),
      principal: fc.constantFrom(alice, bot, undefined),
      commands: fc.option(
        fc.array(
          fc.record({
            text: fc.constantFrom(...CLASSES, 'cd'),
            sudo: fc.boolean(),
            directory: fc.constantFrom('/srv/app', '/etc', '/etc/../srv', undefined),
          }),
        ),
        { nil: undefined },
      ),
    })
    .map((given) => judge(question(given), classOf));
  const policies = fc.record({
    rules: fc.array(aRule(fc.constantFrom('deny', 'ask', 'allow')), { maxLength: 5 }),
    level: fc.constantFrom(...LEVEL_NAMES),
    approval: fc.constantFrom('never' as const, 'ask' as const, 'always' as const),
  });
  const policyOf = (given: { rules: readonly Omit<Rule, 'name'>[] }) =>
    policySchema.parse({ version: 1, ...given, rules: named(given.rules) });
  const GRADES = ['deny', 'ask', 'allow'];
  const grade = (given: { rules: readonly Omit<Rule, 'name'>[] }, call: JudgedCall) =>
    GRADES.indexOf(decide(policyOf(given), call).decision);
  const inserted = <Value>(values: readonly Value[], value: Value, at: number) =>
    values.toSpliced(at % (values.length + 1), 0, value);

  it('that deny or ask, when they are added, never allow more', () => {
    fc.assert(
      fc.property(policies, aRule(fc.constantFrom('deny', 'ask')), fc.nat(), calls, (given, added, at, call) => {
        expect(grade({ ...given, rules: inserted(given.rules, added, at) }, call)).toBeLessThanOrEqual(
          grade(given, call),
        );
      }),
    );
  });

  it('that allow, when they are taken away, never allow more', () => {
    fc.assert(
      fc.property(policies, aRule(fc.constant('allow')), fc.nat(), calls, (given, taken, at, call) => {
        expect(grade(given, call)).toBeLessThanOrEqual(
          grade({ ...given, rules: inserted(given.rules, taken, at) }, call),
        );
      }),
    );
  });

  it('that deny win wherever they stand', () => {
    fc.assert(
      fc.property(policies, fc.nat(), calls, (given, at, call) => {
        expect(grade({ ...given, rules: inserted(given.rules, { decision: 'deny' }, at) }, call)).toBe(0);
      }),
    );
  });

  it('decide the same in whatever order they stand', () => {
    fc.assert(
      fc.property(policies, calls, (given, call) => {
        expect(grade({ ...given, rules: given.rules.toReversed() }, call)).toBe(grade(given, call));
      }),
    );
  });
});
