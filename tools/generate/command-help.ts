import { writeFile } from 'node:fs/promises';
import { COMMAND_HELP_FILE, commandHelpSource } from './command-help-source.ts';

await writeFile(COMMAND_HELP_FILE, await commandHelpSource());
