import { describe, expect, it } from '@jest/globals';
import { verdict } from './verdict.mjs';

const file = (status: string, ...tests: string[]) => ({
  name: 'some.test.ts',
  status,
  assertionResults: tests.map((each) => ({ status: each, fullName: `a ${each} test` })),
});
const result = (given: object = {}) => ({
  success: true,
  numTotalTests: 3,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [file('passed', 'passed', 'passed', 'passed')],
  ...given,
});

describe('verdict', () => {
  it('is good when all tests passed', () => {
    expect(verdict(result(), { ci: true })).toEqual({ line: '3 passed, 0 failed', ok: true, problems: [] });
  });

  it('is bad when a test failed', () => {
    const one = result({ success: false, numPassedTests: 2, numFailedTests: 1 });
    expect(verdict(one, { ci: false })).toMatchObject({ line: '2 passed, 1 failed', ok: false });
  });

  it('counts a file that could not even run as a failure', () => {
    const broken = result({ success: false, testResults: [file('passed', 'passed'), file('failed')] });
    expect(verdict(broken, { ci: false })).toMatchObject({ line: '3 passed, 1 failed', ok: false });
  });

  it('lets tests be skipped on a desk, says so, and refuses it in CI', () => {
    const skipping = result({
      numPassedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      testResults: [file('passed', 'passed', 'pending', 'todo')],
    });
    expect(verdict(skipping, { ci: false })).toEqual({ line: '1 passed, 0 failed, 2 skipped', ok: true, problems: [] });
    expect(verdict(skipping, { ci: true })).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('a pending test; a todo test')],
    });
  });

  it('is bad when jest found no test or left no result', () => {
    expect(verdict(result({ numTotalTests: 0, numPassedTests: 0, testResults: [] }), { ci: false }).ok).toBe(false);
    expect(verdict(undefined, { ci: false })).toMatchObject({ line: '0 passed, 1 failed', ok: false });
  });
});
