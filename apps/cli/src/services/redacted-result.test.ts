import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { Redactor } from '../redaction/redactor.ts';
import { redactedResult } from './redacted-result.ts';
import { answeredResult, failedResult } from './tool-result.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
const END = { requestId: 'r1', elapsedMs: 1, hasBegun: true, hasRun: true, decision: undefined, timings: {} };
const TOKEN = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');

describe('a result that is too long', () => {
  it('is cut behind what was taken out, so that no half of a secret is left', () => {
    const text = (limit: number) => `${'x '.repeat(limit / 2 - 10)}${TOKEN}${' y'.repeat(limit)}`;
    const failed = failedResult(new ServonautError('tool_failed', { message: text(8_192) }), END);
    const answered = answeredResult({ output: text(1_048_576 - 64) }, END);
    for (const result of [failed, answered]) {
      const left = redactedResult(result, redactor, undefined);
      expect(JSON.stringify(left)).not.toContain(TOKEN.slice(0, 8));
      expect(left.redactions).toEqual({ 'github-token': 1 });
    }
  });
});

it('searches no output again that has come out of the stream', () => {
  const stdout = `token=${TOKEN}`;
  const output = { redactions: {}, isClean: (text: string) => text === stdout };
  const result = { ...answeredResult({}, END), stdout, stderr: stdout.replace('token', 'other'), output: stdout };
  expect(redactedResult(result, redactor, output)).toMatchObject({
    stdout,
    stderr: 'other=[redacted: github-token]',
    output: stdout,
  });
});
