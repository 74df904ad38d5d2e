import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { SETTINGS_PAGES, settingsPageSource } from './settings-tables-source.ts';

const pages = SETTINGS_PAGES.map((page) => [page.file.pathname.split('/').at(-1), page] as const);

it.each(pages)('finds in docs/%s every setting as its schema has it now (else: npm run generate)', async (_, page) => {
  expect(await readFile(page.file, 'utf8')).toBe(await settingsPageSource(page));
});
