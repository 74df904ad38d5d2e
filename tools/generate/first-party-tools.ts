import { writeFile } from 'node:fs/promises';
import { FIRST_PARTY_FILE, firstPartySource } from './first-party-source.ts';

await writeFile(FIRST_PARTY_FILE, await firstPartySource());
