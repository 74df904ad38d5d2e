import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { ERROR_PAGE_FILE, errorPageSource } from './error-page-source.ts';

it('finds in docs/errors.md every error code as it is now (else: npm run generate)', async () => {
  expect(await readFile(ERROR_PAGE_FILE, 'utf8')).toBe(await errorPageSource());
});
