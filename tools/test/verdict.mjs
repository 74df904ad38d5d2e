/** What a jest run comes to: pure, from the JSON that jest writes. */

/**
 * @param jest jest's `--json` result, or undefined when it wrote none
 * @returns {{line: string, ok: boolean, problems: string[]}} `line` is the last line of `npm test`
 */
export function verdict(jest, { ci }) {
  if (!jest) return { line: '0 passed, 1 failed', ok: false, problems: ['jest ended without a result'] };
  const brokenFiles = jest.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = jest.numFailedTests + brokenFiles.length;
  const skipped = jest.numPendingTests + jest.numTodoTests;
  const line = `${jest.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  const problems = [
    ...brokenFiles.map((file) => `test file that could not run: ${file.name}`),
    ...(jest.numTotalTests === 0 ? ['not a single test was found'] : []),
    ...(ci && skipped > 0
      ? [`${skipped} skipped, and in CI nothing may be skipped: ${namesOfSkipped(jest).join('; ')}`]
      : []),
  ];
  return { line, ok: jest.success && failed === 0 && problems.length === 0, problems };
}

function namesOfSkipped({ testResults }) {
  const results = testResults.flatMap((file) => file.assertionResults);
  return results.filter(({ status }) => status === 'pending' || status === 'todo').map(({ fullName }) => fullName);
}
