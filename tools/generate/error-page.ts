import { writeFile } from 'node:fs/promises';
import { ERROR_PAGE_FILE, errorPageSource } from './error-page-source.ts';

await writeFile(ERROR_PAGE_FILE, await errorPageSource());
