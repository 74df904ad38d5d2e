import { rmSync, writeFileSync } from 'node:fs';
import { CommandFiles, PARSED_FILE } from './command-files.ts';
import { loadCommandTable } from './command-table.ts';

/** Run by the build: has the data files of commands checked as they are, and parses them once for all starts. */
rmSync(PARSED_FILE, { force: true });
loadCommandTable();
writeFileSync(PARSED_FILE, JSON.stringify(new CommandFiles().parsed()));
