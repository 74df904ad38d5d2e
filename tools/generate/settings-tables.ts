import { writeFile } from 'node:fs/promises';
import { SETTINGS_PAGES, settingsPageSource } from './settings-tables-source.ts';

for (const page of SETTINGS_PAGES) await writeFile(page.file, await settingsPageSource(page));
