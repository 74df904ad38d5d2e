import { describe, expect, it } from '@jest/globals';
import { levelsOf } from './levels.ts';

const USER = { id: 42, name: 'olga', rules: null };
const PLAN = { id: 'free', rules: { '*': { per_day: 10 }, run_command: { per_minute: 1 } } };
const CREDENTIAL = { id: '0011223344556677', label: 'ci-bot', rules: { get_logs: { servers: ['web-*'] } } };

describe('the levels of a user', () => {
  it('are none without rules', () => {
    expect(levelsOf(USER, null)).toEqual([]);
    expect(levelsOf({ ...USER, rules: {} }, { id: 'all', rules: {} }, { ...CREDENTIAL, rules: null })).toEqual([]);
  });

  it('are those of the plan, of the admin and of the credential, each counted for whose it is', () => {
    const rules = { get_logs: { per_minute: 5 } };
    expect(levelsOf({ ...USER, rules }, PLAN, CREDENTIAL)).toEqual([
      { kind: 'plan', id: '42', label: 'free', rules: PLAN.rules },
      { kind: 'override', id: '42', label: 'olga', rules },
      { kind: 'credential', id: '0011223344556677', label: 'ci-bot', rules: CREDENTIAL.rules },
    ]);
  });

  it('have the rule of the admin in place of the one of the plan for the same tool, whatever it says', () => {
    const [plan, override] = levelsOf({ ...USER, rules: { '*': {} } }, PLAN);
    expect(plan?.rules).toEqual({ run_command: { per_minute: 1 } });
    expect(override?.rules).toEqual({ '*': {} });
    expect(levelsOf({ ...USER, rules: { '*': {}, run_command: {} } }, PLAN).map(({ kind }) => kind)).toEqual([
      'override',
    ]);
  });

  it('leave the rule of a credential where the admin has one for the same tool', () => {
    const levels = levelsOf({ ...USER, rules: { get_logs: {} } }, null, CREDENTIAL);
    expect(levels.at(-1)?.rules).toEqual(CREDENTIAL.rules);
  });

  it('keep the rules of a plan for tools whose names all objects have', () => {
    const rules = { constructor: { allowed: false }, valueOf: { per_day: 0 } };
    expect(levelsOf({ ...USER, rules: { '*': {} } }, { id: 'odd', rules })[0]?.rules).toEqual(rules);
  });
});
